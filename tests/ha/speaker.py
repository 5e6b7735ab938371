"""A speaker with mock engines in real time, on the broker of the house."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from device import events as e
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.bus import Bus
from device.config import AudioConfig, DeviceConfig, MqttConfig, VadConfig
from device.conversation.cascade import Cascade
from device.dialog.agent import LocalAgent
from device.executor import InlineExecutor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.hearing import Hearing
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.mock import SimulatedHome
from device.mqtt.client import MqttClient
from device.mqtt.house import Bridge
from device.mqtt.house import Speaker as About
from device.mqtt.requests import Features
from device.pipeline.capture import Capture
from device.pipeline.mock import MockStt, MockTts, MockVad, MockWake
from device.pipeline.playback import Playback
from device.pipeline.vad import open_endpointing
from device.running import Parlor
from device.session import Alone, Session
from device.settings import Settings
from device.speaking import Speaking

E = TypeVar("E", bound=e.Event)


class Speaker:
    """What a test sees of a running speaker."""

    def __init__(self, session: Session, speaker: WavSpeaker) -> None:
        self.events: list[e.Event] = []
        self.post = session.post
        self._speaker = speaker

    @property
    def heard_seconds(self) -> float:
        """How much it has said."""
        return len(self._speaker.heard(0.0)) / self._speaker.format.rate

    def mark(self) -> int:
        return len(self.events)

    async def until(self, kind: type[E], since: int = 0, **fields: Any) -> E:
        """Wait for such an event with these fields."""
        async with asyncio.timeout(20):
            while True:
                for event in self.events[since:]:
                    if isinstance(event, kind) and all(
                        getattr(event, name) == value for name, value in fields.items()
                    ):
                        return event
                await asyncio.sleep(0.02)


@asynccontextmanager
async def a_speaker(
    port: int, *, discovery: bool = True, lights: bool = True
) -> AsyncIterator[Speaker]:
    mqtt = MqttConfig(host="127.0.0.1", port=port, discovery=discovery)
    about = DeviceConfig(id="kitchen", name="Kitchen speaker", area="Kitchen")
    home, timeline, bus = SimulatedHome(load_devices(())), Timeline(), Bus()
    microphone, speaker = WavMicrophone(), WavSpeaker(rate=RATE)
    inbox: asyncio.Queue[e.Event] = asyncio.Queue()
    known = Home(load_devices(()))
    agent = LocalAgent(known.entities, known)
    cascade = Cascade(MockStt(), agent, Actuator(home), MockTts(), InlineExecutor(), "en")
    capture = Capture(microphone, timeline, AudioConfig())
    hearing = Hearing(
        timeline, MockWake(), MockVad(), partial(open_endpointing, VadConfig()),
        InlineExecutor(), inbox.put_nowait,
    )  # fmt: skip
    speaking = Speaking(Playback(speaker), RATE)
    session = Session(
        timeline, hearing, speaking, cascade, bus, inbox, Alone(), capture.set_muted, 5.0
    )
    client = MqttClient(mqtt, "kitchen", lambda *_: None)
    features = Features(("en", "de"), ("amy",), lights, ("rainbow", "fire"), True)
    bridge = Bridge(
        client,
        bus,
        session,
        session.post,
        About(about, mqtt, Settings(), features, celsius=lambda: 41.5),
    )
    parlor = Parlor(
        bus, session, (capture.run, hearing.watch, session.run), (client.run, bridge.run)
    )
    told = Speaker(session, speaker)

    async def note() -> None:
        async for event in bus.subscribe():
            told.events.append(event)

    noting = asyncio.create_task(note())
    async with parlor.running():
        yield told
    bus.close()
    await noting
    await speaker.close()
