"""What the parts of a speaker are assembled on, and what is assembled first."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from device import events as e
from device.audio.timeline import Timeline
from device.bus import Bus
from device.config import Config
from device.conversation.cascade import Cascade
from device.cores import Work
from device.engines import Engines
from device.executor import Executor, open_executor
from device.hal.base import Microphone, Speaker
from device.hearing import Hearing
from device.interruptions import Interruptions
from device.knowledge import Knowledge
from device.mqtt.client import MqttClient
from device.pipeline.capture import Capture
from device.pipeline.frontend.base import FrontendReport
from device.pipeline.vad import TurnTaking
from device.session import Session


@dataclass(frozen=True, slots=True)
class Core:
    """What everything hangs on."""

    config: Config
    stack: AsyncExitStack
    """What is closed when the speaker stops."""
    bus: Bus
    timeline: Timeline
    inbox: asyncio.Queue[e.Event]
    """Of the session; it loses nothing."""
    rehearsal: bool
    forget: list[Callable[[], None]] = field(default_factory=list)
    """What clears the memory of those who keep something of what was said."""

    def post(self, event: e.Event) -> None:
        """Hand an event to the session."""
        self.inbox.put_nowait(event)

    def executor(self, name: str, work: Work = Work.ANSWER) -> Executor:
        """A thread that is there until the speaker stops, however often its part begins again."""
        executor = open_executor(name, work)
        self.stack.callback(executor.close)
        return executor


@asynccontextmanager
async def open_core(
    config: Config, microphone: Microphone, speaker: Speaker, *, rehearsal: bool
) -> AsyncIterator[Core]:
    """A conversation to be assembled on; its devices are closed with it."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(microphone.close)
        stack.push_async_callback(speaker.close)
        timeline = Timeline()
        # Those who have it know each other: it may be long until Python finds that nobody is left.
        stack.callback(timeline.discard)
        bus = Bus(lambda: timeline.seconds)
        stack.callback(bus.close)
        yield Core(config, stack, bus, timeline, asyncio.Queue(), rehearsal)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A speaker that hears and answers."""

    known: Knowledge
    engines: Engines
    client: MqttClient
    cascade: Cascade
    frontend: Callable[[], FrontendReport]
    """What takes our own voice out of what is captured, and how well."""
    capture: Capture
    turns: TurnTaking
    """When a sentence is over."""
    hearing: Hearing
    session: Session
    interruptions: Interruptions
