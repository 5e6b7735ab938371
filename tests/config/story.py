"""A whole speaker with one key of its configuration changed, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.espeak import speak
from device import clock
from device import events as e
from device.audio.format import RATE, Samples
from device.care.kept import NOT_PERSONAL, found
from device.care.leaving import leaving
from device.config import Config
from device.daemon import open_parlor
from device.folders import state_folder
from device.hal.base import Microphone
from device.hal.wav import WavMicrophone, WavSpeaker
from device.running import Parlor

E = TypeVar("E", bound=e.Event)
Scene = Callable[[Parlor, WavMicrophone], Awaitable[None]]
Values = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """What came of it."""

    events: list[e.Event]
    said: Samples
    """What left the loudspeaker, at 22,050 Hz."""

    def of(self, kind: type[E]) -> list[E]:
        """Events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def the(self, kind: type[E]) -> E:
        """The one event of this kind."""
        (event,) = self.of(kind)
        return event

    @property
    def replies(self) -> list[str]:
        """What was answered, each as a whole."""
        return [reply.text for reply in self.of(e.ReplyText) if reply.is_final]


def tell(
    config: Values, scene: Scene, microphone: Microphone | None = None,
    beside: AbstractAsyncContextManager[Any] | None = None,
) -> Story:  # fmt: skip
    """Let a speaker with this configuration live through a scene; with no broker by default.

    `beside` is there meanwhile, in the same time.

    Nothing goes where it is not told to go, and nothing is kept that is not told to be.
    """
    configured = Config(**{"mqtt": {"enabled": False}, **config})
    story = clock.run_virtual(_tell(configured, scene, microphone, beside))
    told = {way.host for way in leaving(configured)}
    sent = {event.to for event in story.of(e.CloudChanged) if event.active}
    assert sent <= told, f"device/care/leaving.py does not tell of {sent - told}"
    secret = undescribed(state_folder())
    assert not secret, f"device/care/kept.py does not tell of {secret}"
    return story


def converse(
    engine: str, values: Values, account: Values, scene: Scene, stt: Values,
    beside: AbstractAsyncContextManager[Any],
) -> Story:  # fmt: skip
    """Let a speaker live through a scene whose conversation is an engine elsewhere.

    `values` are those of the engine's section, `account` those of [cloud].
    """
    config = {
        "stt": stt, "dialog": {"engine": engine}, engine: values, "cloud": account,
        "audio": {"earcons": False},
    }  # fmt: skip
    return tell(config, scene, beside=beside)


async def _tell(
    config: Config, scene: Scene, microphone: Microphone | None,
    beside: AbstractAsyncContextManager[Any] | None,
) -> Story:  # fmt: skip
    heard, speaker, events = WavMicrophone(), WavSpeaker(), list[e.Event]()
    async with (
        beside or nullcontext(),
        open_parlor(config, microphone or heard, speaker) as parlor,
    ):
        noting = asyncio.create_task(_note(parlor, events))
        async with parlor.running():
            await scene(parlor, heard)
            await parlor.settled(0.5)
    await noting
    return Story(events, speaker.heard())


async def _note(parlor: Parlor, events: list[e.Event]) -> None:
    async for event in parlor.bus.subscribe():
        events.append(event)


def undescribed(folder: Path) -> list[str]:
    """Files in a state folder that nobody says they are kept."""
    kept = {file for one in found(folder, folder / "cache") for file in one.files}
    others = (file for file in folder.rglob("*") if file.is_file() and file not in kept)
    return [file.name for file in others if not any(map(file.match, NOT_PERSONAL))]


def says(*sounds: Samples) -> Scene:
    """Somebody presses the button and speaks."""

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        parlor.session.post(e.ListenRequested())
        await asyncio.sleep(0.5)
        await microphone.play(np.concatenate(sounds))
        await asyncio.sleep(2.0)

    return scene


def hears(*sounds: Samples) -> Scene:
    """The room sounds like this."""

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await microphone.play(np.concatenate((silence(1.0), *sounds, silence(2.0))))

    return scene


def types(*texts: str, spoken: bool = False) -> Scene:
    """Somebody types, one line after the other."""

    async def scene(parlor: Parlor, microphone: WavMicrophone) -> None:
        await parlor.online(5.0)
        for text in texts:
            parlor.session.post(e.UtteranceGiven(text=text, spoken=spoken))
            await parlor.settled(0.3)

    return scene


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def words(text: str) -> Samples:
    return speak(text).samples
