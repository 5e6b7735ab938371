"""A LiveKit room that the speaker has joined: who is heard there, and what the room is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from device import events as e
from device.audio.chunk import AudioChunk
from device.clock import run_virtual
from device.config import ConversationEngine, GatewayConfig, LiveKitConfig
from device.errors import GatewayError
from device.event import TurnState
from device.gateway.livekit.door import LiveKitRoom
from device.gateway.livekit.words import Captions, State, Words
from device.gateway.reception import Reception
from device.hal.base import Microphone, Speaker
from device.hal.wav import WavMicrophone, WavSpeaker
from device.tasks import end
from tests.fakes.livekit_room import RATE, Reader, Room, Voice, listen
from tests.gateway import toy

TONE = (9_000 * np.sin(np.arange(RATE // 2) * 2 * np.pi * 440 / RATE)).astype(np.int16)


class Visitor(toy.Room):
    """One conversation as the house has it: nobody answers."""

    def __init__(self, microphone: Microphone, speaker: Speaker) -> None:
        super().__init__()
        self.microphone, self.speaker = microphone, speaker
        self.asked: asyncio.Queue[e.Event] = asyncio.Queue()
        self.over = False

    def post(self, event: e.Event) -> None:
        self.asked.put_nowait(event)


class House:
    """Where a room is joined from."""

    def __init__(self, folder: Path, room: Room, **options: Any) -> None:
        token = folder / "token"
        token.write_text("secret\n")
        token.chmod(0o600)
        self.room = room
        self.visitors: asyncio.Queue[Visitor] = asyncio.Queue()
        self.reception = reception = Reception(GatewayConfig.model_validate(options), self._welcome)
        config = LiveKitConfig(url="wss://livekit.test", token_file=token)
        self.joined = LiveKitRoom(reception, config, lambda: room)

    @asynccontextmanager
    async def _welcome(
        self, microphone: Microphone, speaker: Speaker, engine: ConversationEngine
    ) -> AsyncIterator[Visitor]:
        visitor = Visitor(microphone, speaker)
        self.visitors.put_nowait(visitor)
        yield visitor
        visitor.over = True


@asynccontextmanager
async def joined(folder: Path, **options: Any) -> AsyncIterator[House]:
    house = House(folder, Room(), **options)
    running = asyncio.create_task(house.joined.run())
    async with asyncio.timeout(20):
        while not house.room.local_participant.published:
            await asyncio.sleep(0.01)
        yield house
    await end(running)
    assert house.room.left


async def loud(sounds: AsyncIterator[Any], frames: int) -> None:
    """Return when so many of them were loud."""
    async for sound in sounds:
        frames -= float(np.abs(sound).mean()) > 2_000
        if not frames:
            return


async def heard_by(visitor: Visitor) -> AsyncIterator[Any]:
    while (chunk := await visitor.microphone.read()) is not None:
        yield chunk.pcm()


async def test_who_comes_first_is_heard_and_hears_us(tmp_path: Path) -> None:
    async with joined(tmp_path) as house:
        voice = Voice("TR_first")
        house.room.emit("track_subscribed", voice.track, None, None)
        visitor = await house.visitors.get()
        assert house.room.joined_with == ("wss://livekit.test", "secret")
        assert await visitor.asked.get() == e.ListenRequested(by="api")
        saying = asyncio.create_task(voice.say(np.tile(TONE, 20)))
        await loud(heard_by(visitor), 10)
        await end(saying)
        ours = listen(house.room.local_participant.published[0])
        await visitor.speaker.write(AudioChunk.from_samples(TONE, RATE))
        await loud(ours, 20)
        await voice.close()


async def test_what_was_to_be_said_is_dropped_when_somebody_interrupts(tmp_path: Path) -> None:
    async with joined(tmp_path) as house:
        voice = Voice("TR_first")
        house.room.emit("track_subscribed", voice.track, None, None)
        visitor = await house.visitors.get()
        ours = listen(house.room.local_participant.published[0])
        chunk = AudioChunk.from_samples(np.tile(TONE, 6), RATE)
        saying = asyncio.create_task(visitor.speaker.write(chunk))
        await loud(ours, 5)
        await visitor.speaker.drop()
        await end(saying)
        late = quiet = 0
        async for sound in ours:
            is_loud = float(np.abs(sound).mean()) > 2_000
            late, quiet = late + is_loud, 0 if is_loud else quiet + 1
            if quiet == 20:
                break
        assert late < 200, "three seconds were to be said"
        await voice.close()


async def test_when_the_first_leaves_the_next_is_spoken_with(tmp_path: Path) -> None:
    async with joined(tmp_path) as house:
        first, second = Voice("TR_first"), Voice("TR_second")
        house.room.emit("track_subscribed", first.track, None, None)
        house.room.emit("track_subscribed", second.track, None, None)
        visitor = await house.visitors.get()
        assert house.visitors.empty()
        house.room.emit("track_unsubscribed", first.track, None, None)
        await house.visitors.get()
        assert visitor.over
        await first.close()
        await second.close()


def test_when_the_house_is_full_the_room_waits_until_it_is_not(tmp_path: Path) -> None:
    async def story() -> None:
        voice = Voice("TR_first")
        async with joined(tmp_path, sessions=1) as house:
            async with house.reception.visit("voice", WavMicrophone(), WavSpeaker()):
                await house.visitors.get()
                house.room.emit("track_subscribed", voice.track, None, None)
                await asyncio.sleep(1)
                assert house.visitors.empty()
            await house.visitors.get()
        await voice.close()

    run_virtual(story())


async def test_what_somebody_types_is_a_question(tmp_path: Path) -> None:
    async with joined(tmp_path) as house:
        voice = Voice("TR_first")
        house.room.emit("track_subscribed", voice.track, None, None)
        visitor = await house.visitors.get()
        assert await visitor.asked.get() == e.ListenRequested(by="api")
        broken, empty, long = Reader("turn", ConnectionError()), Reader(" "), Reader(*["x"] * 3_000)
        for reader in (broken, empty, long, Reader("what time", " is it")):
            house.room.type(reader)
        posted = {await visitor.asked.get(), await visitor.asked.get()}
        texts = {event.text for event in posted if isinstance(event, e.UtteranceGiven)}
        assert texts == {"what time is it", "x" * 2_000}
        assert broken.closed
        assert long.closed
        await voice.close()


async def test_a_flood_of_texts_is_not_read(tmp_path: Path) -> None:
    async with joined(tmp_path) as house:
        readers = [Reader("x") for _ in range(20)]
        for reader in readers:
            house.room.type(reader)
        assert sum(reader.closed for reader in readers) == 12


async def test_the_room_sees_what_is_said_and_done(tmp_path: Path) -> None:
    async with joined(tmp_path) as house:
        voice = Voice("TR_first")
        house.room.emit("track_subscribed", voice.track, None, None)
        visitor = await house.visitors.get()
        await visitor.asked.get()
        visitor.bus.tell(e.StateChanged(old=TurnState.LISTENING, new=TurnState.PROCESSING))
        visitor.bus.tell(e.SentenceBegan(text="It is noon.", offset_seconds=0.0, turn_id=3))
        we = house.room.local_participant
        while not we.texts:
            await asyncio.sleep(0.01)
        assert we.attributes == {"lk.agent.state": "thinking"}
        assert we.texts == [("lk.transcription", "It is noon.", {
            "lk.segment_id": "said-3-1", "lk.transcribed_track_id": "TR_ours",
            "lk.transcription_final": "true",
        })]  # fmt: skip
        await voice.close()


def test_what_is_heard_is_shown_as_it_becomes_clear() -> None:
    captions = Captions("TR_far", "TR_ours")
    told = [
        captions.told(e.StateChanged(old=TurnState.IDLE, new=TurnState.LISTENING)),
        captions.told(e.PartialTranscript(text="turn on", turn_id=1)),
        captions.told(e.FinalTranscript(
            text="turn on the light", language="en", engine="x", confidence=1.0, turn_id=1
        )),
        captions.told(e.StateChanged(old=TurnState.PROCESSING, new=TurnState.RESPONDING)),
        captions.told(e.NoSpeech()),
    ]  # fmt: skip
    about = {"lk.segment_id": "heard-1", "lk.transcribed_track_id": "TR_far"}
    assert told == [
        None,
        Words("turn on", {**about, "lk.transcription_final": "false"}),
        Words("turn on the light", {**about, "lk.transcription_final": "true"}),
        State({"lk.agent.state": "speaking"}),
        None,
    ]


async def test_a_video_is_nobody_to_speak_with(tmp_path: Path) -> None:
    class Video:
        kind, sid = 2, "TR_video"

    async with joined(tmp_path) as house:
        house.room.emit("track_subscribed", Video(), None, None)
        await asyncio.sleep(0.05)
        assert house.visitors.empty()


async def test_a_room_that_closes_is_left_and_said_so(tmp_path: Path) -> None:
    house = House(tmp_path, Room())
    running = asyncio.create_task(house.joined.run())
    while not house.room.local_participant.published:
        await asyncio.sleep(0.01)
    house.room.emit("disconnected", 1)
    with pytest.raises(GatewayError, match="was closed"):
        await running
    assert house.room.left


async def test_a_room_that_cannot_be_joined_says_why(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="no such room"):
        await House(tmp_path, Room(refuses="no such room")).joined.run()
