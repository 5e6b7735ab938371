"""The Realtime door on a real socket, with a house in which only happens what a test tells."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Subprotocol

from benchmarks.broker import free_port
from device import events as e
from device.config import ConversationEngine, GatewayConfig
from device.gateway.home_view import HomeView
from device.gateway.reception import Reception
from device.gateway.server import Gateway, make_app
from device.gateway.visit import Visit
from device.hal.base import Microphone, Speaker
from device.tasks import end
from tests.gateway.house import doors_opened
from tests.gateway.toy import Room


class Door:
    """Where to knock, and the rooms that were given."""

    def __init__(self, config: GatewayConfig) -> None:
        self.url = f"ws://{config.host}:{config.port}/v1/realtime?model=parlor"
        self.rooms: list[Room] = []
        self.engines: list[str] = []

    @asynccontextmanager
    async def welcome(
        self, microphone: Microphone, speaker: Speaker, engine: ConversationEngine
    ) -> AsyncIterator[Visit]:
        self.rooms.append(Room())
        self.engines.append(engine)
        yield self.rooms[-1]


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Door]:
    options = {"port": free_port(), "simple_port": 0, "knocks_per_minute": 60_000, **options}
    config = GatewayConfig.model_validate(options)
    door = Door(config)
    home = HomeView(list, list, lambda _entity: None, datetime.now)
    app = make_app(Reception(config, door.welcome), config, home)
    running = asyncio.create_task(Gateway(config, app).run())
    try:
        await doors_opened(config)
        yield door
    finally:
        await end(running)


async def told(client: ClientConnection, kind: str) -> Any:
    """The next event of a type."""
    async with asyncio.timeout(5):
        while (event := json.loads(await client.recv()))["type"] != kind:
            pass
    return event


async def closed(client: ClientConnection) -> int:
    """The code that it is closed with."""
    async with asyncio.timeout(5):
        with suppress(ConnectionClosedError):
            async for _ in client:
                pass
    assert client.close_code is not None
    return client.close_code


async def test_the_configured_engine_answers_behind_it() -> None:
    async with opened(realtime_engine="duplex") as door, connect(door.url) as client:
        created = await told(client, "session.created")
    assert created["session"]["model"] == "parlor"
    assert door.engines == ["duplex"]


@pytest.mark.parametrize(
    "options",
    [
        {"additional_headers": {"OpenAI-Beta": "realtime=v1"}},
        {"subprotocols": ["realtime", "openai-beta.realtime-v1"]},
    ],
)
async def test_the_beta_form_is_spoken_to_who_asks_for_it(options: Any) -> None:
    async with opened() as door, connect(door.url, **options) as client:
        created = await told(client, "session.created")
    assert created["session"]["input_audio_format"] == "pcm16"
    assert client.subprotocol == ("realtime" if "subprotocols" in options else None)


def _showing(token: str) -> list[Subprotocol]:
    return [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{token}")]


async def test_a_page_shows_its_token_as_openais_pages_do(tmp_path: Path) -> None:
    token = tmp_path / "tokens"
    token.write_text("secret\n")
    token.chmod(0o600)
    async with opened(token_file=token) as door:
        for wrong in (None, _showing("guessed")):
            with pytest.raises(InvalidStatus) as refused:
                await connect(door.url, subprotocols=wrong)
            assert refused.value.response.status_code == 401
        async with connect(door.url, subprotocols=_showing("secret")) as client:
            await told(client, "session.created")
            assert client.subprotocol == "realtime"


async def test_a_session_whose_time_is_over_is_told_so() -> None:
    async with opened(idle_seconds=0.3) as door, connect(door.url) as client:
        error = await told(client, "error")
        assert error["error"]["code"] == "session_expired"
        assert await closed(client) == 1001


async def test_what_is_no_event_harms_neither_the_session_nor_another_one() -> None:
    async with opened() as door, connect(door.url) as rude, connect(door.url) as polite:
        for message in (b"\0" * 100, "{", "[]", "\0", '{"type": null}', json.dumps({"type": "x"})):
            await rude.send(message)
            assert (await told(rude, "error"))["error"]["type"]
        await rude.send(json.dumps({"type": "session.update", "session": {"type": "realtime"}}))
        await told(rude, "session.updated")
        await polite.send(json.dumps({"type": "input_audio_buffer.clear"}))
        await told(polite, "input_audio_buffer.cleared")


async def test_thousands_of_tiny_messages_of_one_are_answered_and_do_not_stop_another() -> None:
    async with opened() as door, connect(door.url) as busy, connect(door.url) as other:

        async def flood() -> None:
            for _ in range(2_000):
                await busy.send("{}")

        async def read() -> None:
            for _ in range(2_000):
                await told(busy, "error")

        flooding = asyncio.gather(flood(), read())
        await other.send(json.dumps({"type": "input_audio_buffer.clear"}))
        await told(other, "input_audio_buffer.cleared")
        await flooding


async def test_a_message_that_is_too_long_ends_the_session() -> None:
    async with opened() as door, connect(door.url) as client:
        await client.send('{"type": "input_audio_buffer.append", "audio": "' + "A" * (3 << 20))
        assert await closed(client) == 1009


async def test_who_leaves_in_the_middle_of_a_response_leaves_nothing_behind() -> None:
    async with opened() as door:
        before = len(asyncio.all_tasks())
        async with connect(door.url) as client:
            await told(client, "session.created")
            room = door.rooms[0]
            room.bus.tell(e.PlaybackStarted(turn_id=1))
            await told(client, "response.created")
        async with asyncio.timeout(5):
            while len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0.01)
