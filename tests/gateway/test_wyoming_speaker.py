"""A whole speaker that a Wyoming server adopts, in real time; sentences are recorded ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from wyoming.timer import TimerStarted

from benchmarks.broker import free_port
from benchmarks.espeak import speak
from benchmarks.wyoming_server import Server, connect
from device import events as e
from device.audio.format import RATE
from device.config import Config, DeviceConfig, DialogConfig, MqttConfig, WyomingConfig
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.running import Parlor
from device.tasks import end


class Speaker:
    """What a test sees of a running speaker."""

    def __init__(self, parlor: Parlor) -> None:
        self.parlor = parlor
        self.events: list[e.Event] = []

    async def note(self) -> None:
        async for event in self.parlor.bus.subscribe():
            self.events.append(event)

    def ask(self, sentence: str) -> None:
        self.events = []
        self.parlor.session.post(e.UtteranceGiven(text="", samples=speak(sentence).samples))

    @property
    def turn_id(self) -> int:
        return self.parlor.session.turn.turn_id

    async def until(self, kind: type[e.Event], **fields: Any) -> e.Event:
        async with asyncio.timeout(20):
            while True:
                for event in self.events:
                    wanted = isinstance(event, kind) and all(
                        getattr(event, key) == value for key, value in fields.items()
                    )
                    if wanted:
                        return event
                await asyncio.sleep(0.02)


@asynccontextmanager
async def adopted(**wyoming: Any) -> AsyncIterator[tuple[Speaker, Server]]:
    port, engine = free_port(), wyoming.pop("engine", "local")
    config = Config(
        device=DeviceConfig(id="kitchen", name="Kitchen speaker", area="Kitchen"),
        mqtt=MqttConfig(enabled=False),
        dialog=DialogConfig(engine=engine),
        wyoming=WyomingConfig(enabled=True, port=port, announce=False, **wyoming),
    )
    async with open_parlor(config, WavMicrophone(), WavSpeaker()) as parlor:
        speaker = Speaker(parlor)
        noting = asyncio.create_task(speaker.note())
        async with parlor.running(), connect(port) as server:
            await server.adopt()
            yield speaker, server
        await end(noting)


async def test_the_server_answers_every_sentence_and_is_cut_off_like_anybody() -> None:
    async with adopted(engine="home-assistant") as (speaker, server):
        speaker.ask("what is the meaning of life")
        sound = await server.sentence()
        await server.understand("what is the meaning of life", "Forty two.")
        await server.play(0.5)
        await server.played()
        await speaker.until(e.PlaybackFinished, completed=True, heard_text="Forty two.")
        assert len(sound) / 2 / RATE > 1.0

        speaker.ask("tell me a story")
        await server.sentence(times=2)
        await server.understand("tell me a story", "Once upon a time.")
        await server.play(30.0)
        await speaker.until(e.PlaybackStarted, turn_id=speaker.turn_id)
        speaker.parlor.session.post(e.StopRequested(by="api"))
        cut = await speaker.until(e.PlaybackFinished, completed=False)
        assert isinstance(cut, e.PlaybackFinished)
        assert cut.heard_seconds < 10
        await server.played(times=2)

        await server.play(0.2)  # an announcement
        await server.played(times=3)
        await speaker.until(e.AnnouncementDue)


async def test_the_speaker_answers_what_it_can_and_asks_the_server_the_rest() -> None:
    async with adopted() as (speaker, server):
        speaker.parlor.session.post(e.UtteranceGiven(text="what time is it"))
        await speaker.until(e.PlaybackFinished, completed=True)
        assert server.all("run-pipeline") == []

        speaker.ask("who wrote the magic flute")
        await server.sentence()
        await server.understand("who wrote the magic flute", "Mozart did.")
        await server.play(0.3)
        await speaker.until(e.PlaybackFinished, completed=True, heard_text="Mozart did.")

        await server.say(TimerStarted(id="a", total_seconds=1, name="tea").event())
        await speaker.until(e.TimerFinished, id="a", name="tea")


async def test_without_fallback_the_server_is_not_asked() -> None:
    async with adopted(fallback=False) as (speaker, server):
        speaker.ask("who wrote the magic flute")
        await speaker.until(e.PlaybackFinished, completed=True)
        assert server.all("run-pipeline") == []
