"""The satellite and its servers: who may be one, who takes over, and who is shown out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network

import numpy as np
import pytest
from wyoming.error import Error
from wyoming.event import Event
from wyoming.ping import Ping
from wyoming.satellite import PauseSatellite
from wyoming.timer import TimerStarted
from wyoming.wake import Detection

from benchmarks.broker import free_port
from benchmarks.wyoming_server import Server, connect
from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.bus import Bus
from device.config import Config, WyomingConfig
from device.errors import AssistantError
from device.gateway.wyoming.info import about
from device.gateway.wyoming.line import MOST_LINES, may_enter
from device.gateway.wyoming.satellite import Room, Satellite
from device.outside import Outside
from device.tasks import end

SENTENCE: Samples = np.arange(RATE, dtype=np.int16)


@dataclass
class There:
    """A satellite that runs, and what it does to its room."""

    satellite: Satellite
    port: int
    bus: Bus
    posted: list[e.Event] = field(default_factory=list)
    announced: list[e.Event] = field(default_factory=list)

    async def answer(self) -> list[object]:
        async with aclosing(self.satellite.turn(SENTENCE)) as told:  # type: ignore[type-var]
            return [one async for one in told]


@asynccontextmanager
async def satellite(silent_seconds: float = 5.0) -> AsyncIterator[There]:
    port, bus = free_port(), Bus()
    config = Config(wyoming=WyomingConfig(enabled=True, port=port))
    made = Satellite(config.wyoming, about(config), Outside(bus.tell), silent_seconds)
    there = There(made, port, bus)
    room = Room(there.posted.append, there.announced.append, bus.subscribe())
    running = asyncio.create_task(made.run(room))
    try:
        yield there
    finally:
        await end(running)


async def hung_up(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionResetError):
        assert await reader.read() == b""


@asynccontextmanager
async def adopted() -> AsyncIterator[tuple[There, Server]]:
    async with satellite() as there, connect(there.port) as server:
        await server.adopt()
        yield there, server


async def test_the_speaker_says_what_it_is() -> None:
    async with satellite() as there, connect(there.port) as server:
        info = await server.describe()
    assert info.satellite is not None
    assert info.satellite.active_wake_words == ["hey_jarvis"]
    assert [model.phrase for model in info.wake[0].models] == ["hey jarvis"]
    assert (info.mic[0].mic_format.rate, info.snd[0].snd_format.width) == (16_000, 2)


async def test_a_sentence_is_sent_whole_and_its_answer_comes_back() -> None:
    async with adopted() as (there, server):
        answering = asyncio.create_task(there.answer())
        assert await server.sentence() == SENTENCE.tobytes()
        await server.understand("a", "b")
        await server.play(0.2)
        heard, words, *sounds = await answering
        there.satellite.played()
        await server.played()
    assert (getattr(heard, "text", ""), words) == ("a", "b")
    assert sum(chunk.seconds for chunk in sounds if isinstance(chunk, AudioChunk)) == 0.2


async def test_a_server_that_hangs_up_in_the_middle_leaves_an_error() -> None:
    async with satellite() as there:
        async with connect(there.port) as server:
            await server.adopt()
            answering = asyncio.create_task(there.answer())
            await server.sentence()
        with pytest.raises(AssistantError, match="hung up"):
            await answering
        assert not there.satellite.connected


async def test_the_reason_why_there_is_no_answer_is_told() -> None:
    async with adopted() as (there, server):
        answering = asyncio.create_task(there.answer())
        await server.sentence()
        await server.say(Error(text="no such pipeline", code="x").event())
        with pytest.raises(AssistantError, match="no such pipeline"):
            await answering


async def test_nobody_is_asked_while_the_satellite_is_paused() -> None:
    async with adopted() as (there, server):
        await server.say(PauseSatellite().event())
        await server.describe()
        with pytest.raises(AssistantError):
            await there.answer()
        await server.adopt()
        assert there.satellite.connected


async def test_one_sentence_is_answered_at_a_time() -> None:
    async with adopted() as (there, server):
        first = asyncio.create_task(there.answer())
        await server.sentence()
        with pytest.raises(AssistantError):
            await there.answer()
        await server.understand("a", "b")
        await server.play(0.1)
        assert len(await first) > 2


async def test_a_wake_word_is_told_and_a_detection_of_the_server_makes_the_room_listen() -> None:
    async with adopted() as (there, server):
        there.bus.tell(e.WakeWordDetected(word="hey_jarvis", score=1.0))
        assert Detection.from_event((await server.until("detection"))[0]).name == "hey_jarvis"
        await server.say(Detection(name="remote").event())
        await server.describe()
        assert there.posted == [e.ListenRequested(by="api")]


async def test_an_announcement_goes_to_the_room_and_played_is_told_once_it_was_heard() -> None:
    async with adopted() as (there, server):
        await server.play(0.1)
        while not there.announced:
            await asyncio.sleep(0.01)
        assert server.all("played") == []
        there.bus.tell(e.PlaybackFinished(heard_seconds=0.1))
        await server.played()
    (announced,) = there.announced
    assert isinstance(announced, e.AnnouncementDue)
    assert announced.sound is not None
    assert announced.sound.seconds == pytest.approx(0.1, abs=0.001)
    assert "sound" not in announced.as_dict()


async def test_timers_of_the_server_are_ordered_from_the_book() -> None:
    async with adopted() as (there, server):
        started = TimerStarted(id="abc", total_seconds=60, name="tea")
        await server.say(started.event())
        await server.describe()
    fields = {"id": "abc", "seconds": 60.0, "name": "tea"}
    assert there.posted == [e.TimerRequested(action="start", fields=fields)]


async def test_a_server_that_calls_again_takes_over_from_itself() -> None:
    async with adopted() as (there, old), connect(there.port) as new:
        await new.adopt()
        await old.hung_up()
        answering = asyncio.create_task(there.answer())
        await new.sentence()
        await new.understand("a", "b")
        await new.play(0.1)
        assert len(await answering) > 2


async def test_a_peer_that_answers_no_ping_is_gone() -> None:
    async with satellite(silent_seconds=0.05) as there:
        async with connect(there.port, answers_pings=False) as dead:
            await dead.adopt()
            await dead.say(Ping(text="x").event())
            assert (await dead.until("pong"))[0].data == {"text": "x"}
            await dead.until("ping")
            await dead.hung_up()
        assert not there.satellite.connected


async def test_a_peer_that_answers_pings_stays() -> None:
    async with satellite(silent_seconds=0.05) as there, connect(there.port) as server:
        await server.adopt()
        await server.say(Ping().event())
        await server.until("ping", times=4)
        assert there.satellite.connected


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\n\r\n", b'{"type": "x", "payload_length": 99999999}\n']
)
async def test_who_speaks_something_else_is_hung_up_on_and_others_stay(sent: bytes) -> None:
    async with adopted() as (there, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        writer.write(sent)
        await hung_up(reader)
        writer.close()
        await server.describe()
        assert there.satellite.connected


async def test_sound_that_is_none_ends_the_connection_only() -> None:
    async with adopted() as (there, server):
        await server.say(Event("audio-chunk", {"rate": 0, "width": 2, "channels": 1}, b"12"))
        await server.hung_up()
        async with connect(there.port) as another:
            await another.adopt()


async def test_ten_thousand_tiny_messages_are_let_pass() -> None:
    async with adopted() as (there, server), connect(there.port) as chatterbox:
        await chatterbox.say(*[Event("nonsense")] * 10_000)
        await server.describe()
        await chatterbox.describe()
        assert there.satellite.connected


async def test_a_flood_of_connections_leaves_the_server_alone() -> None:
    async with adopted() as (there, server), AsyncExitStack() as stack:
        flood = []
        for _ in range(3 * MOST_LINES):
            reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
            stack.callback(writer.close)
            flood.append(reader)
        for reader in flood[MOST_LINES:]:
            await hung_up(reader)
        await server.describe()


async def test_who_never_ran_the_satellite_orders_nothing() -> None:
    async with satellite() as there, connect(there.port) as stranger:
        await stranger.say(Detection(name="x").event(), TimerStarted("a", 5).event())
        await stranger.play(0.1)
        await stranger.describe()
    assert there.posted == there.announced == []


@pytest.mark.parametrize(
    ("host", "enters"),
    [
        ("127.0.0.1", True), ("::1", True), ("192.0.2.7", True), ("::ffff:192.0.2.7", True),
        ("fe80::1%eth0", False), ("198.51.100.1", False), ("", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_only_who_is_allowed_enters(host: str, enters: bool) -> None:
    assert may_enter(host, [ip_network("192.0.2.0/24")]) is enters


async def test_a_second_server_waits_until_the_first_is_dead() -> None:
    async with satellite(silent_seconds=0.3) as there, connect(there.port) as first:
        await first.adopt()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", there.port, local_addr=("127.0.0.2", 0)
        )
        writer.write(b'{"type": "run-satellite"}\n')
        assert b"satellite-taken" in await reader.read(1_000)
        await asyncio.sleep(0.35)
        writer.write(b'{"type": "run-satellite"}\n')
        await first.hung_up()
        assert there.satellite.connected
        writer.close()
