"""Whole conversations over the voice chat's WebSockets, with a real broker and lamps."""

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from benchmarks.broker import free_port
from benchmarks.voice_client import Turn, VoiceClient, voice_client
from device.config import Config, DialogConfig, GatewayConfig
from device.errors import EngineMissing
from device.gateway.home_view import HomeView
from device.gateway.reception import Reception
from device.gateway.server import Gateway, make_app
from device.gateway.voice.simplechat import CHUNK_SAMPLES, HEARD_RATE, SPOKEN_RATE
from device.gateway.voice.voicechat import RATE
from device.tasks import end
from tests.gateway.house import House, doors_opened, open_house, spoken
from tests.gateway.toy import Room

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]

LONG = "what can you do"
"""Its answer takes ten seconds."""
WHOLE = 9 * RATE
"""Samples; who gets fewer has not heard all of it."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    quick = Config(dialog=DialogConfig(filler_ms=0))
    async with open_house(tmp_path_factory.mktemp("house"), quick) as house:
        yield house


@pytest.fixture
def house(opened: House) -> House:
    opened.lamps.commands.clear()
    return opened


async def begun(client: VoiceClient) -> Turn:
    """Ask for something long, and wait for the first sound of it."""
    turn = await client.type(LONG)
    await client.until(lambda: bool(turn.parts))
    return turn


def kinds(client: VoiceClient) -> list[str]:
    return [message["type"] for message in client.messages if message["type"] != "status"]


async def test_two_speak_at_once_and_each_lamp_does_what_it_was_told(house: House) -> None:
    pytest.importorskip("av")
    url = f"{house.ws}/voice"
    async with voice_client(url) as one, voice_client(url, opus=True) as other:
        turns = await asyncio.gather(
            one.say(spoken("turn on the kitchen light")),
            other.say(spoken("turn off the bedroom lamp")),
        )
    assert sorted((name, told["state"]) for name, told in house.lamps.commands) == [
        ("bedroom lamp", "OFF"), ("kitchen light", "ON"),
    ]  # fmt: skip
    for client, turn, lamp in zip((one, other), turns, ("kitchen", "bedroom"), strict=True):
        assert lamp in turn.transcript
        assert turn.sentences == [turn.reply]
        assert len(turn.sound) > RATE // 2
        assert kinds(client) == [
            "llm_status", "final_transcript", "llm_response", "tts_start", "tts_end",
        ]  # fmt: skip
        assert len({message["session_id"] for message in client.messages}) == 1
    assert one.messages[0]["session_id"] != other.messages[0]["session_id"]


async def test_who_speaks_over_a_reply_is_heard_and_the_reply_falls_silent(house: House) -> None:
    async with voice_client(f"{house.ws}/voice") as client:
        long = await begun(client)
        turn = await client.say(spoken("turn on the kitchen light"))
    assert [name for name, _ in house.lamps.commands] == ["kitchen light"]
    assert turn.transcript == "turn on the kitchen light"
    assert turn.sentences == [turn.reply]
    assert long.cut
    assert len(long.sound) < WHOLE


async def test_an_interruption_is_acknowledged_and_no_more_sound_comes(house: House) -> None:
    async with voice_client(f"{house.ws}/voice", speaks=False) as client:
        turn = await begun(client)
        await client.send("interrupt")
        await client.came("interrupt_acknowledged")
        await client.came("tts_stop")
        await client.came("tts_end")
        heard = len(turn.sound)
        await client.came("status", status="listening")
        await asyncio.sleep(0.3)
        assert len(turn.sound) == heard < WHOLE
        assert kinds(client).count("tts_start") == kinds(client).count("tts_end")


async def test_stop_drops_everything_until_the_next_start(house: House) -> None:
    async with voice_client(f"{house.ws}/voice", speaks=False) as client:
        turn = await begun(client)
        await client.send("stop")
        told = await client.came("stop_acknowledged")
        assert told["queues_cleared"] is True
        await client.came("status", status="stopped")
        heard = len(turn.sound)
        await client.hand_over(spoken("turn on the kitchen light"))
        await client.type("turn on the kitchen light")
        await client.came("error", code="command-invalid")
        assert len(turn.sound) == heard < WHOLE
        assert house.lamps.commands == []
        await client.send("start", listen="on_request")
        turn = await client.ask("turn on the bedroom lamp")
    assert turn.sentences == [turn.reply]
    assert [name for name, _ in house.lamps.commands] == ["bedroom lamp"]


async def test_a_talk_button_is_pressed_and_released(house: House) -> None:
    url = f"{house.ws}/voice"
    async with voice_client(url, speaks=False, listen="on_request", events=True) as client:
        await client.came("event", event="timers")
        await client.came("status", status="stopped")
        await client.send("listen")
        await client.came("status", status="listening")
        turn = await client.reply(await client.hand_over(spoken("turn off the kitchen light")))
        measured = await client.came("event", event="turn_measured")
        await client.came("event", event="state_changed", new="idle")
    assert turn.transcript == "turn off the kitchen light"
    assert measured["stages"]["end_to_end"] > 0
    told = [message["status"] for message in client.messages if message["type"] == "status"]
    assert told == ["stopped", "listening", "stopped"]


async def test_reset_forgets_what_it_was_about(house: House) -> None:
    async with voice_client(f"{house.ws}/voice", speaks=False) as client:
        turn = await client.type("turn on the kitchen light")
        await client.until(lambda: turn.whole)
        await client.send("reset")
        await client.came("reset_acknowledged")
        turn = await client.type("turn it off")
        await client.until(lambda: turn.whole)
    assert [told["state"] for _, told in house.lamps.commands] == ["ON"]


async def test_the_simple_dialect_has_a_port_of_its_own(house: House) -> None:
    said = spoken("turn on the kitchen light", HEARD_RATE)
    async with connect(house.simple) as socket:
        for at in range(0, len(said), CHUNK_SAMPLES):
            await socket.send(said[at : at + CHUNK_SAMPLES].tobytes())
        await socket.send('{"type":"end_of_speech"}')
        told: list[Any] = []
        while not told or told[-1] != {"type": "response_end"}:
            message = await asyncio.wait_for(socket.recv(), 20)
            told.append(json.loads(message) if isinstance(message, str) else seconds_of(message))
    assert told[0] == {"type": "transcription", "text": "turn on the kitchen light"}
    assert told[1]["type"] == "response_start"
    assert sum(told[2:-1]) > 0.5
    assert [name for name, _ in house.lamps.commands] == ["kitchen light"]


def seconds_of(file: bytes) -> float:
    with wave.open(io.BytesIO(file)) as opened:
        assert opened.getframerate() == SPOKEN_RATE
        return float(opened.getnframes() / SPOKEN_RATE)


BAD: list[str | bytes] = [
    bytes(2_056), "{", '{"type":"start","sample_rate":44100}', bytes(7), bytes(60_000),
    '{"type":"text","content":7}', '{"type":"start"}', bytes(9), "[" * 9_000,
]  # fmt: skip
"""Before start and after it; all but the start are mistakes."""


async def test_who_sends_nonsense_is_told_and_at_last_hung_up_on(house: House) -> None:
    async with voice_client(f"{house.ws}/voice", speaks=False) as well:
        async with connect(f"{house.ws}/voice") as socket:
            for message in BAD * 3:
                await socket.send(message)
            told: list[Any] = []
            with suppress(ConnectionClosed):
                async for message in socket:
                    told.append(json.loads(message))
        assert socket.close_code == 1008
        assert [one["type"] for one in told if one["type"] != "status"] == ["error"] * 21
        turn = await well.type("turn on the kitchen light")
        await well.until(lambda: turn.whole)


@pytest.mark.parametrize(
    ("sent", "is_text", "code"), [(bytes(3 << 20), False, 1009), (b"\xff\xfe", True, 1007)]
)
async def test_a_message_that_is_none_ends_only_that_connection(
    house: House, sent: bytes, is_text: bool, code: int
) -> None:
    async with voice_client(f"{house.ws}/voice", speaks=False) as well:
        async with connect(f"{house.ws}/voice") as socket:
            await socket.send(sent, text=is_text)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        assert socket.close_code == code
        turn = await well.type("turn on the kitchen light")
        await well.until(lambda: turn.whole)


async def test_whoever_breaks_off_in_the_middle_of_a_message_leaves_nothing_behind(
    house: House,
) -> None:
    async with connect(f"{house.ws}/voice", close_timeout=0.1) as socket:
        await socket.send('{"type":"start"}')
        await socket.recv()
        before = len(asyncio.all_tasks())
        async with connect(f"{house.ws}/voice", close_timeout=0.1) as broken:
            await broken.send('{"type":"start"}')
            await broken.recv()
            broken.transport.write(b"\x82\xfe\x10")  # head of a frame of 4,096 bytes, cut
            broken.transport.abort()
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)


async def test_ten_thousand_tiny_messages_wait_and_the_others_do_not(house: House) -> None:
    async with (
        voice_client(f"{house.ws}/voice", speaks=False) as well,
        voice_client(f"{house.ws}/voice", speaks=False) as flooding,
    ):
        flood = asyncio.create_task(pour(flooding))
        turn = await well.type("turn on the kitchen light")
        await well.until(lambda: turn.whole and bool(turn.parts))
        flood.cancel()
    assert [name for name, _ in house.lamps.commands] == ["kitchen light"]
    assert kinds(flooding) == []


async def pour(client: VoiceClient) -> None:
    for _ in range(10_000):
        await client.send_sound(b"\x01\x00")


async def empty(*_: object) -> AsyncIterator[Room]:
    """A room in which nothing happens."""
    yield Room()


@asynccontextmanager
async def doors(
    welcome: Callable[..., AsyncIterator[Room]] = empty, **options: Any
) -> AsyncIterator[str]:
    """The URL of `/voice` in front of such rooms."""
    config = GatewayConfig(port=free_port(), simple_port=0, **options)
    view = HomeView(list, list, lambda _entity: None, datetime.now)
    app = make_app(Reception(config, asynccontextmanager(welcome)), config, view)
    running = asyncio.create_task(Gateway(config, app).run())
    await doors_opened(config)
    try:
        yield f"ws://127.0.0.1:{config.port}/voice"
    finally:
        await end(running)


async def test_a_full_house_says_so_and_whoever_says_nothing_has_to_go() -> None:
    async with (
        doors(sessions=1, idle_seconds=0.5) as url,
        voice_client(url, speaks=False) as client,
        connect(url) as socket,
    ):
        refused = json.loads(await socket.recv())
        await socket.wait_closed()
        over = await client.came("error", code="visit-over")
    assert (refused["type"], refused["code"], socket.close_code) == ("error", "house-full", 1013)
    assert over["message"]


async def test_who_cannot_be_answered_is_told_so() -> None:
    async def missing(*_: object) -> AsyncIterator[Room]:
        raise EngineMissing("[duplex] needs more")
        yield Room()

    async with doors(missing) as url, connect(url) as socket:
        told = json.loads(await socket.recv())
        await socket.wait_closed()
    assert (told["type"], told["code"]) == ("error", "engine-not-installed")
    assert socket.close_code == 1011


TOKEN = "parlor-token.open-sesame"


@pytest.mark.parametrize(
    ("offered", "spoken_in"),
    [(["parlor-voice", TOKEN], "parlor-voice"), ([TOKEN, "x"], "x"), ([TOKEN], None)],
)
async def test_a_page_shows_its_token_as_a_subprotocol_and_is_answered_in_another(
    offered: list[str], spoken_in: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "tokens"
    file.touch(mode=0o600)
    file.write_text("open-sesame\n")
    async with doors(token_file=file) as url:
        with pytest.raises(InvalidStatus, match="401"):
            await connect(url, subprotocols=[Subprotocol("parlor-voice")])
        async with connect(url, subprotocols=[Subprotocol(name) for name in offered]) as socket:
            assert socket.subprotocol == spoken_in
