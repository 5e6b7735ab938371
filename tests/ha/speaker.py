"""The whole speaker in real time, on the broker of the house; its microphone is a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from device import events as e
from device.bus import Bus
from device.config import Config, DeviceConfig, GpioConfig, LedsConfig, MqttConfig
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.running import Parlor
from device.tasks import end

E = TypeVar("E", bound=e.Event)
_PATIENCE_SECONDS = 45.0


class Speaker:
    """What a test sees of a running speaker."""

    def __init__(self, parlor: Parlor, microphone: WavMicrophone, speaker: WavSpeaker) -> None:
        self.microphone = microphone
        self.post = parlor.session.post
        self._events: list[e.Event] = []
        self._speaker = speaker

    @property
    def heard_seconds(self) -> float:
        """How long it has made sound."""
        return len(self._speaker.heard(0.0)) / self._speaker.format.rate

    async def until(self, kind: type[E], **fields: Any) -> E:
        """Wait for such an event with these fields."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                for event in self._events:
                    if isinstance(event, kind) and all(
                        getattr(event, name) == value for name, value in fields.items()
                    ):
                        return event
                await asyncio.sleep(0.02)

    async def note(self, bus: Bus) -> None:
        """Keep everything that is told."""
        async for event in bus.subscribe():
            self._events.append(event)


@asynccontextmanager
async def a_speaker(
    port: int, *, discovery: bool = True, lights: bool = True, **more: Any
) -> AsyncIterator[Speaker]:
    """A speaker in the kitchen, with a simulated ring of lights and `more` sections."""
    config = Config(
        device=DeviceConfig(id="kitchen", name="Kitchen speaker", area="Kitchen"),
        mqtt=MqttConfig(host="127.0.0.1", port=port, discovery=discovery),
        leds=LedsConfig(kind="apa102" if lights else "none"),
        gpio=GpioConfig(backend="simulated"),
        **more,
    )
    microphone, speaker = WavMicrophone(), WavSpeaker()
    async with open_parlor(config, microphone, speaker) as parlor:
        seen = Speaker(parlor, microphone, speaker)
        noting = asyncio.create_task(seen.note(parlor.bus))
        async with parlor.running():
            yield seen
        await end(noting)
