"""Our engines as Wyoming services, asked by the `wyoming` package's own client.

They are the real ones that need no download: the command recogniser, espeak-ng, openWakeWord.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from wyoming.error import Error
from wyoming.event import Event
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
)
from wyoming.wake import Detect, Detection

from benchmarks.broker import Broker, free_port
from benchmarks.espeak import speak
from benchmarks.wyoming_server import connect
from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.config import Config, WyomingConfig
from device.gatehouse import open_gatehouse
from tests.gateway.house import config_of, spoken

pytestmark = pytest.mark.broker


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


@asynccontextmanager
async def services(broker: Broker) -> AsyncIterator[int]:
    port = free_port()
    config = config_of(Config(wyoming=WyomingConfig(services=True, services_port=port)), broker)
    async with open_gatehouse(config):
        yield port


def stereo(samples: Samples) -> bytes:
    """As two channels at 48 kHz."""
    return np.repeat(resample(samples, RATE, 48_000)[:, None], 2, axis=1).tobytes()


async def test_others_are_understood_spoken_for_and_listened_to(home: Broker) -> None:
    """One house for all of it: to open one takes longer than everything that is asked of it."""
    async with services(home) as port:
        async with connect(port) as client:
            info = await client.describe()
            assert info.satellite is None
            assert info.asr[0].models[0].languages == ["en"]
            assert info.tts[0].supports_synthesize_streaming
            voice = info.tts[0].voices[0]
            assert [model.name for model in info.wake[0].models] == ["hey_jarvis"]

            said = spoken("turn on the kitchen light", RATE)
            assert "kitchen" in await client.transcribe(said.tobytes(), RATE)
            assert "kitchen" in await client.transcribe(stereo(said), 48_000, channels=2)
            whole, rate = await client.synthesize("It is done.", voice.name)
            assert 0.3 < len(whole) / 2 / rate < 2.0

            client.events.clear()
            await client.say(
                SynthesizeStart().event(), SynthesizeChunk("It is ").event(),
                SynthesizeChunk("done.").event(), Synthesize("It is done.").event(),
                SynthesizeStop().event(),
            )  # fmt: skip
            await client.until("synthesize-stopped")
            assert sound_of(client.events) == whole

        async with connect(port) as client:
            await client.say(Detect().event())
            silence = np.zeros(RATE, np.int16)
            said = np.concatenate((silence, speak("hey jarvis").samples, silence))
            await client.send(said.tobytes(), RATE)
            found = (await client.until("detection"))[0]
            assert Detection.from_event(found).name == "hey_jarvis"
            await client.until("not-detected")
            await client.say(Detect(names=["alexa"]).event())
            await client.send(said.tobytes(), RATE)
            await client.until("not-detected", times=2)
            assert len(client.all("detection")) == 1

        async with connect(port) as client:
            await client.say(Event("audio-stop"), Event("synthesize-stop"), Event("synthesize"))
            await client.until("transcript")
            assert (await client.until("audio-stop"))[0].payload is None

        async with AsyncExitStack() as stack:
            ears = [await stack.enter_async_context(connect(port)) for _ in range(5)]
            for ear in ears:
                await ear.say(Detect().event())
                await ear.describe()
            assert [len(ear.all("error")) for ear in ears] == [0, 0, 0, 0, 1]
            assert Error.from_event(ears[-1].all("error")[0]).code == "house-full"


def sound_of(events: list[Event]) -> bytes:
    return b"".join(event.payload or b"" for event in events if event.type == "audio-chunk")
