"""What nobody should send, to every door there is: it is refused, and nobody else notices.

Each door's own tests say what it answers; here all of them get the same, while somebody speaks.
"""

import asyncio
import gc
import json
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi.routing import APIWebSocketRoute
from httpx2 import AsyncClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.broker import find_mosquitto
from benchmarks.process import resident_kib
from benchmarks.voice_client import voice_client
from device.config import GatewayConfig
from device.gateway.guarded import MOST_MESSAGE_BYTES
from device.gateway.home_view import HomeView
from device.gateway.reception import Reception
from device.gateway.server import make_app
from tests.gateway.doors import nobody
from tests.gateway.house import House, open_house
from tests.pipeline.stt.cloud.accounts import secret

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]

Json = dict[str, Any]

TOKEN = "key-of-the-house"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SAID: dict[str, list[Json]] = {
    "/voice": [
        {"type": "start", "audio": "opus"}, {"type": "text", "content": "hello"},
        {"type": "interrupt"}, {"type": "reset"}, {"type": "stop"},
    ],
    "/": [{"type": "config", "config": {"sample_rate": 16_000}}, {"type": "end_of_speech"}],
    "/v1/realtime": [
        {"type": "session.update", "session": {"type": "realtime", "instructions": "be brief"}},
        {"type": "input_audio_buffer.append", "audio": "AAAA"},
        {"type": "input_audio_buffer.commit"},
        {"type": "conversation.item.create", "item": {"type": "message", "role": "user",
         "content": [{"type": "input_text", "text": "hello"}]}},
        {"type": "response.create", "response": {"instructions": "shout"}},
        {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0,
         "audio_end_ms": 10},
        {"type": "response.cancel", "response_id": "a"},
    ],
    "/ws/{client_id}": [
        {"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"},
        {"type": "ice-candidate", "candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host"},
    ],
}  # fmt: skip
"""What a client of each door says, to be spoilt; the telephone's need a signature first."""
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    10**400,
    "",
    "x" * 5_000,
    "\ud800",
    [],
    {},
    [[]] * 50,
    {"type": {}},
)
"""Instead of any value."""
PLAIN = ("", "{", "[]", "null", "{}", '"start"', "[" * 5_000, '{"type":1}', '{"type":"nothing"}')
"""What is no message of any door."""
BINARY = (b"", b"\0", b"\xff" * 7, b"\0" * 9, bytes(range(256)) * 16)


def doors() -> list[str]:
    """Paths of all WebSockets that a gateway serves."""
    config = GatewayConfig()
    home = HomeView(list, tuple, lambda _id: None, datetime.now)
    app = make_app(Reception(config, nobody), config, home)
    routers = [getattr(route, "original_router", app.router) for route in app.routes]
    return [
        route.path
        for router in routers for route in router.routes if isinstance(route, APIWebSocketRoute)
    ]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATE_DIRECTORY", str(folder / "state"))
        tokens = secret(folder / "tokens", TOKEN)
        async with open_house(folder, token_file=tokens, audio_api=True) as opened:
            yield opened


def url(house: House, door: str) -> str:
    return house.ws + door.replace("{client_id}", "somebody")


def spoilt(messages: list[Json], seed: int) -> Iterator[str]:
    """Each message once with a value that is junk, once without one, and once cut."""
    dice = random.Random(seed)
    for message in messages:
        name = dice.choice(list(message))
        yield json.dumps({**message, name: dice.choice(JUNK)})
        yield json.dumps({key: value for key, value in message.items() if key != name})
        whole = json.dumps(message)
        yield whole[: dice.randrange(1, len(whole))]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@asynccontextmanager
async def guest(house: House, door: str) -> AsyncIterator[ClientConnection]:
    """Somebody at a door who does not care what is answered."""

    async def ignore(socket: ClientConnection) -> None:
        async for _ in socket:
            pass

    async with connect(url(house, door), additional_headers=BEARER) as socket:
        ignoring = asyncio.create_task(ignore(socket))
        try:
            yield socket
        finally:
            await socket.close()
            await asyncio.wait((ignoring,))


async def send_all(socket: ClientConnection, messages: list[str | bytes]) -> None:
    """As many as it takes before it hangs up."""
    with suppress(ConnectionClosed):
        for message in messages:
            await socket.send(message)


async def answered(socket: ClientConnection) -> None:
    """Wait until it has read all that was sent, or has hung up."""
    with suppress(ConnectionClosed):
        await (await socket.ping())


async def pester(house: House, door: str, seed: int = 0) -> None:
    """Everything that is wrong, in order and out of it, over several connections."""
    said = SAID[door]
    start: list[str | bytes] = [json.dumps(said[0])]
    rounds: list[list[str | bytes]] = [
        [*BINARY, *start], [*PLAIN], [*spoilt(said, seed)], [*start, *spoilt(said, seed + 1)],
        [*start, *BINARY, *BINARY],
    ]  # fmt: skip
    for messages in rounds:
        async with guest(house, door) as socket:
            await send_all(socket, messages)
            await answered(socket)


async def somebody_is_answered(house: House) -> None:
    """A whole turn of somebody who did nothing wrong."""
    async with voice_client(f"{house.ws}/voice", token=TOKEN, speaks=False) as client:
        await client.send("text", content="turn on the kitchen light")
        await client.until(lambda: client.turn.whole and bool(client.turn.parts))
        assert "light" in client.turn.reply.lower()


async def test_every_door_is_known_here() -> None:
    assert sorted(doors()) == sorted(SAID)


@pytest.mark.parametrize("door", SAID)
async def test_nobody_gets_to_a_door_without_a_token_or_from_another_site(
    house: House, door: str
) -> None:
    for headers, status in (
        ({}, 401), ({"Authorization": "Bearer wrong"}, 401),
        (BEARER | {"Origin": "https://evil.example.org"}, 403),
        (BEARER | {"Origin": "null"}, 403),
    ):  # fmt: skip
        with pytest.raises(InvalidStatus) as refused:
            await connect(url(house, door), additional_headers=headers)
        assert refused.value.response.status_code == status


@pytest.mark.parametrize("door", SAID)
async def test_a_door_survives_what_is_no_message_while_others_are_answered(
    house: House, door: str
) -> None:
    asking = asyncio.create_task(somebody_is_answered(house))
    await pester(house, door)
    await asking


@pytest.mark.parametrize("door", SAID)
async def test_what_is_too_long_ends_its_own_connection(house: House, door: str) -> None:
    for message in ("x" * (MOST_MESSAGE_BYTES + 1), bytes(MOST_MESSAGE_BYTES + 1)):
        async with connect(url(house, door), additional_headers=BEARER) as socket:
            await send_all(socket, [message])
            await socket.wait_closed()
        assert socket.close_code == 1009


@pytest.mark.parametrize("door", SAID)
async def test_a_flood_that_nobody_reads_the_answers_of_disturbs_nobody(
    house: House, door: str
) -> None:
    flood: list[str | bytes] = [json.dumps(SAID[door][0]), *['{"type":"nothing"}'] * 10_000]
    async with connect(url(house, door), additional_headers=BEARER, max_queue=1) as socket:
        pouring = asyncio.create_task(send_all(socket, flood))
        await somebody_is_answered(house)
        pouring.cancel()
        socket.transport.abort()


HALVES = (
    b"", b"GET", b"GET /voice HTTP/1.1\r\nHost: 127", b"\x16\x03\x01\x02\x00", b"\0" * 4_096,
    b"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
    b"POST /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 20_000,
)  # fmt: skip


async def test_connections_that_stop_half_way_disturb_nobody(house: House) -> None:
    host, port = house.address.split(":")
    writers = []
    for half in HALVES:
        _, writer = await asyncio.open_connection(host, port)
        writer.write(half)
        writers.append(writer)
    await somebody_is_answered(house)
    for writer in writers:
        writer.transport.abort()


FRAMES = (
    b"\x81\x05hello", b"\x83\x80\0\0\0\0", b"\xff\x80\0\0\0\0", b"\x09\xfe\x01\x00\0\0\0\0",
    b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", b"\x81\xfe", b"\x80\x80\0\0\0\0",
    b"\x81\x82\0\0\0\0\xff\xff",
)  # fmt: skip
"""Unmasked, reserved, in parts where it must not be, endless, cut, beginning nowhere, no UTF-8."""


@pytest.mark.parametrize("door", SAID)
async def test_frames_that_are_none_end_their_own_connection(house: House, door: str) -> None:
    host, port = house.address.split(":")
    path = door.replace("{client_id}", "somebody")
    shake = (
        f"GET {path} HTTP/1.1\r\nHost: {house.address}\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    for frame in FRAMES:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(shake.encode())
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        writer.write(frame)
        writer.write_eof()
        async with asyncio.timeout(10):
            await reader.read()
        writer.close()


INSIDE = "parlor_gateway_sessions{"
"""Conversations of a door."""

PATHS = (
    "/web/../server.py", "/web/%2e%2e/server.py", "/web/..%2fserver.py", "/web//etc/passwd",
    "/web/..\\server.py", "//etc/passwd", "/%00", "/ws/../voice", "/web/index.html%00.js",
    "/v1/../../etc/passwd", "/" + "a" * 8_000,
)  # fmt: skip


async def test_no_path_leads_out_of_the_page(house: House) -> None:
    host, port = house.address.split(":")
    for path in PATHS:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {house.address}\r\n\r\n".encode())
        status = await reader.readline()
        assert status.split()[1].startswith(b"4"), path
        writer.close()


async def test_what_comes_over_and_over_leaves_nothing_behind(house: House) -> None:
    async def everything(seed: int) -> None:
        for door in SAID:
            await pester(house, door, seed)

    async def left() -> tuple[int, int]:
        """Tasks and open files, once all have gone."""
        async with AsyncClient(headers=BEARER) as client:
            for _ in range(200):
                page = (await client.get(f"{house.http}/metrics")).text
                inside = [line for line in page.splitlines() if line.startswith(INSIDE)]
                if all(line.endswith(" 0") for line in inside):
                    break
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)
        gc.collect()
        return len(asyncio.all_tasks()), open_files()

    await everything(1)
    before, memory = await left(), resident_kib(os.getpid())
    for seed in range(2, 4):
        await everything(seed)
    assert await left() <= before
    assert resident_kib(os.getpid()) - memory < 20_000
