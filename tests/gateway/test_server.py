"""The server that all doors share: who is let in, and what strangers can do to it."""

import asyncio
import os
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from benchmarks.broker import Certificate, free_port
from device.config import GatewayConfig
from device.errors import ConfigError
from device.gateway.guarded import MOST_MESSAGE_BYTES, SPARE_CONNECTIONS, Patience
from device.gateway.line import Line
from tests.gateway.toy import echo, serving, toy
from tests.sockets import reachable

HANDSHAKE = (
    "GET /toy HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


async def status_of(url: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with AsyncClient() as client:
        return (await client.get(url, headers=headers)).status_code


async def repeats(client: ClientConnection, message: str | bytes) -> bool:
    await client.send(message)
    return await client.recv() == message


async def refused(url: str, **options: object) -> int:
    """The status with which a WebSocket was refused."""
    with pytest.raises(InvalidStatus) as found:
        await connect(url, **options)  # type: ignore[arg-type]
    return found.value.response.status_code


async def test_a_load_balancer_is_told_that_it_is_well() -> None:
    async with serving() as config, AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{config.port}/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_only_who_shows_a_token_is_let_in(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.touch(mode=0o600)
    tokens.write_text("first\nsecond\n")
    async with serving(token_file=tokens) as config:
        url, page = toy(config), f"http://127.0.0.1:{config.port}/metrics"
        assert await refused(url) == 401
        assert await refused(f"{url}?token=third") == 401
        async with connect(f"{url}?token=second") as client:
            assert await repeats(client, "hello")
        assert [await status_of(page), await status_of(page, "first")] == [401, 200]
        async with AsyncClient() as client:
            told = (await client.get(f"{page}?token=first")).text
    assert 'parlor_gateway_refused_total{status="401"} 3' in told.splitlines()


async def test_a_page_of_another_site_is_kept_out() -> None:
    async with serving(origins=("https://home.example.org",)) as config:
        url = toy(config)
        assert await refused(url, origin="https://evil.example.org") == 403
        for ours in ("https://home.example.org", f"http://127.0.0.1:{config.port}"):
            async with connect(url, origin=ours) as client:  # type: ignore[arg-type]
                assert await repeats(client, "hello")


async def test_whoever_connects_all_the_time_is_told_to_wait() -> None:
    async with serving(knocks_per_minute=1) as config:
        page = f"http://127.0.0.1:{config.port}/metrics"
        async with AsyncClient() as client:
            got = [(await client.get(page)).status_code for _ in range(32)]
        assert got == [200] * 30 + [429] * 2


async def test_clients_of_a_proxy_on_this_machine_do_not_use_up_each_others_welcome() -> None:
    async with serving(knocks_per_minute=1) as config, AsyncClient() as client:
        page = f"http://127.0.0.1:{config.port}/metrics"
        names = [{"X-Forwarded-For": f"10.0.0.{number}"} for number in range(40)]
        assert {(await client.get(page, headers=name)).status_code for name in names} == {200}


@pytest.mark.parametrize(
    "options",
    [{"host": "0.0.0.0"}, {"host": "::"}, {"tls_cert": "a.pem"}, {"tls_key": "a.key"}],
)
def test_an_open_or_half_secured_gateway_is_a_mistake(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"token_file|tls_cert"):
        GatewayConfig.model_validate(options)


async def test_all_is_served_over_tls(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=str(certificate.file))
    async with (
        serving(tls_cert=certificate.file, tls_key=certificate.key) as config,
        connect(f"wss://localhost:{config.port}/toy", ssl=trusted) as client,
    ):
        assert await repeats(client, b"secret")


async def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match="tls_cert"):
        async with serving(tls_cert=tmp_path / "a.pem", tls_key=tmp_path / "a.pem"):
            pass


async def test_tokens_that_everybody_can_read_are_refused(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("first")
    tokens.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod"):
        async with serving(token_file=tokens):
            pass


async def test_the_second_port_is_there_only_when_it_is_wanted() -> None:
    before = reachable(os.getpid())
    async with serving(simple_port=0) as config:
        assert reachable(os.getpid()) - before == {("tcp", f"0100007F:{config.port:04X}")}
    async with serving(simple_port=free_port()) as config:
        assert await status_of(f"http://127.0.0.1:{config.simple_port}/health") == 200
    assert reachable(os.getpid()) == before


async def test_a_message_that_is_too_long_ends_only_its_own_connection() -> None:
    async with serving() as config, connect(toy(config), max_size=None) as other:
        for message in ("x" * (MOST_MESSAGE_BYTES + 1), bytes(MOST_MESSAGE_BYTES + 1)):
            async with connect(toy(config)) as client:
                await client.send(message)
                with pytest.raises(ConnectionClosedError) as closed:
                    await client.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
        assert await repeats(other, bytes(MOST_MESSAGE_BYTES))


async def test_ten_thousand_tiny_messages_are_answered_one_after_the_other() -> None:
    async with serving() as config, connect(toy(config)) as client:

        async def pour() -> None:
            for number in range(10_000):
                await client.send(str(number))

        pouring = asyncio.create_task(pour())
        got = [await client.recv() for _ in range(10_000)]
        await pouring
    assert got == [str(number) for number in range(10_000)]


async def test_a_flood_of_connections_leaves_those_alone_who_speak() -> None:
    async with serving(sessions=1) as config, connect(toy(config)) as client:
        flood = [
            await asyncio.open_connection("127.0.0.1", config.port)
            for _ in range(SPARE_CONNECTIONS + 20)
        ]
        cut = [reader for reader, _ in flood[-20:] if await reader.read() == b""]
        assert len(cut) == 20
        assert await repeats(client, "still here")
        for _, writer in flood:
            writer.close()
        while await status_of(f"http://127.0.0.1:{config.port}/health") != 200:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /toy HTTP/1.1\r\nHost: ", b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\n" * 9_000],
    ids=["nothing", "half a request", "tls", "endless"],
)
async def test_whoever_asks_for_nothing_is_cut_off(sent: bytes) -> None:
    async with serving(patience=Patience(request_seconds=0.2)) as config:
        reader, writer = await asyncio.open_connection("127.0.0.1", config.port)
        writer.write(sent)
        with suppress(ConnectionResetError):
            assert b"200" not in await asyncio.wait_for(reader.read(), 20)
        writer.close()


async def test_whoever_answers_no_ping_is_gone() -> None:
    left = asyncio.Event()

    async def stay(line: Line) -> None:
        await echo(line)
        left.set()

    async with serving(stay, Patience(ping_seconds=0.1)) as config:
        _, writer = await asyncio.open_connection("127.0.0.1", config.port)
        writer.write(HANDSHAKE.format(port=config.port).encode())
        await asyncio.wait_for(left.wait(), 20)
        writer.close()


async def test_a_port_that_is_taken_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        opening = serving(port=port, patience=Patience(retry_seconds=0.05))
        trying = asyncio.create_task(opening.__aenter__())
        await asyncio.sleep(0.2)
    await asyncio.wait_for(trying, 20)
    assert await status_of(f"http://127.0.0.1:{port}/health") == 200
    await opening.__aexit__(None, None, None)


async def test_everybody_is_told_goodbye_when_it_ends() -> None:
    ended: list[bool] = []

    async def stay(line: Line) -> None:
        await echo(line)
        ended.append(True)

    async with serving(stay) as config:
        client = await connect(toy(config))
        assert await repeats(client, "hello")
    await client.wait_closed()
    assert client.close_code == 1012
    assert ended == [True]
