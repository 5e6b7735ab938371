"""A whole session with mock engines, a simulated home and virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from device import clock
from device import events as e
from device.attention import Overhears
from device.audio.format import RATE, Samples
from device.audio.timeline import Timeline
from device.bus import Bus
from device.config import AudioConfig, EntityConfig, VadConfig
from device.conversation.base import Conversation
from device.conversation.cascade import Cascade
from device.conversation.hands import Tools
from device.dialog.agent import LocalAgent
from device.dialog.base import Fallback
from device.dialog.history import History
from device.executor import InlineExecutor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.hearing import Hearing
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.mock import SimulatedHome
from device.pipeline.capture import Capture
from device.pipeline.mock import MARK, MockStt, MockTts, MockVad, MockWake
from device.pipeline.playback import Playback
from device.pipeline.vad import open_endpointing
from device.running import Parlor
from device.session import Alone, Arbiter, Session
from device.speaking import Speaking
from device.types import Domain

E = TypeVar("E", bound=e.Event)

LAMP = EntityConfig(name="kitchen light", domain=Domain.LIGHT, area="Kitchen", preset="zigbee2mqtt")

DOOR = EntityConfig(name="front door", domain=Domain.LOCK, area="Hall", preset="zigbee2mqtt")


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def speech(seconds: float) -> Samples:
    """A voice of 200 Hz that goes from one vowel to another all the time."""
    time = np.arange(int(seconds * RATE)) / RATE
    first, second = np.sin(2 * np.pi * 800 * time), np.sin(2 * np.pi * 2_400 * time)
    mouth = np.sin(2 * np.pi * 6 * time) > 0
    vowel = np.where(mouth, first, second)
    wave = 3_000 * np.sin(2 * np.pi * 200 * time) + 3_000 * vowel
    return np.asarray(wave, dtype=np.int16)


def wake_word() -> Samples:
    word = speech(0.5)
    word[-1] = MARK
    return word


@dataclass
class Rig:
    """What a flow test holds in its hands."""

    session: Session
    microphone: WavMicrophone
    speaker: WavSpeaker
    speaking: Speaking
    stt: MockStt
    tts: MockTts
    home: SimulatedHome
    timeline: Timeline
    history: History
    muted: list[bool] = field(default_factory=list)
    events: list[e.Event] = field(default_factory=list)

    async def hear(self, *sounds: Samples) -> None:
        """Let the microphone hear sounds and return when they were captured."""
        await self.microphone.play(np.concatenate(sounds))

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self.session.busy:
            await asyncio.sleep(0.05)

    async def until(self, kind: type[e.Event]) -> None:
        """Wait for an event of this kind."""
        while not any(isinstance(event, kind) for event in self.events):
            await asyncio.sleep(0.01)

    def rows(self) -> list[str]:
        """Rows of the turn table in the order they were taken."""
        return [event.row for event in self.events if isinstance(event, e.TurnStepped)]

    def names(self) -> list[str]:
        """Names of everything told, without the steps of the table."""
        return [event.kind for event in self.events if not isinstance(event, e.TurnStepped)]

    def of(self, kind: type[E]) -> list[E]:
        """Events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def flow(
    main: Callable[[Rig], Awaitable[None]], *, stt: MockStt | None = None,
    tts: MockTts | None = None, arbiter: Arbiter | None = None, fallback: Fallback | None = None,
    through: Callable[[Cascade], Conversation] = lambda cascade: cascade,
    mode: e.BargeIn = e.BargeIn.FULL, beside: AbstractAsyncContextManager[Any] | None = None,
    tools: Tools | None = None, overhears: Overhears | None = None,
) -> Rig:  # fmt: skip
    """Run a story in virtual time and give what came of it.

    `through` puts another conversation before the local chain; `beside` is there meanwhile.
    `tools` are what models may use.
    """

    async def run() -> Rig:
        async with (
            beside or nullcontext(),
            _rig(
                stt or MockStt(),
                tts or MockTts(),
                arbiter or Alone(),
                fallback,
                through,
                mode,
                tools,
                overhears,
            ) as rig,  # fmt: skip
        ):
            await main(rig)
            await rig.settle()
        return rig

    return clock.run_virtual(run())


@asynccontextmanager
async def _rig(
    stt: MockStt, tts: MockTts, arbiter: Arbiter, fallback: Fallback | None,
    through: Callable[[Cascade], Conversation], mode: e.BargeIn, tools: Tools | None,
    overhears: Overhears | None,
) -> AsyncIterator[Rig]:  # fmt: skip
    devices = load_devices((LAMP, DOOR))
    home, timeline, bus = SimulatedHome(devices), Timeline(), Bus()
    microphone, speaker = WavMicrophone(), WavSpeaker(rate=RATE)
    inbox: asyncio.Queue[e.Event] = asyncio.Queue()
    known = Home(devices)
    agent = LocalAgent(known.entities, known)
    history = History()
    cascade = Cascade(
        stt, agent, Actuator(home), tts, InlineExecutor(), "en", "", fallback, history=history,
        tools=tools,
    )  # fmt: skip
    capture = Capture(microphone, timeline, AudioConfig())
    hearing = Hearing(
        timeline, MockWake(), MockVad(), partial(open_endpointing, VadConfig()),
        InlineExecutor(), inbox.put_nowait,
    )  # fmt: skip
    speaking = Speaking(Playback(speaker), RATE)
    muted: list[bool] = []

    def set_microphone(closed: bool) -> None:
        muted.append(closed)
        capture.set_muted(closed)

    session = Session(
        timeline, hearing, speaking, through(cascade), bus, inbox, arbiter, set_microphone, 5.0,
        mode=mode, overhears=overhears,
    )  # fmt: skip
    rig = Rig(session, microphone, speaker, speaking, stt, tts, home, timeline, history, muted)
    parlor = Parlor(bus, session, (capture.run, hearing.watch, session.run))
    noting = asyncio.create_task(_note(bus, rig.events))
    async with parlor.running():
        yield rig
    bus.close()
    await noting
    await speaker.close()


async def _note(bus: Bus, events: list[e.Event]) -> None:
    async for event in bus.subscribe():
        events.append(event)
