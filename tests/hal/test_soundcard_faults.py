"""What can happen to a sound card, in real time: it is noticed, and heard again without restart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from benchmarks.soundcard import MICROPHONE, RATE, SPEAKER, SoundCard
from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.audio.level import dbfs
from device.audio.timeline import Timeline
from device.care.loudspeaker import WatchedSpeaker
from device.care.microphone import MicrophoneHealth
from device.config import AudioConfig
from device.errors import DeviceLost
from device.hal import open_microphone, open_speaker
from device.pipeline.capture import Capture
from tests.audio.signals import tone

pytestmark = [
    pytest.mark.soundcard,
    pytest.mark.slow,
]

BACKENDS = ["pyaudio", "subprocess"]
SECONDS_TO_NOTICE = 8.0
SECONDS_TO_RETURN = 20.0

Fault = Callable[[SoundCard], None]


def config_of(backend: str) -> AudioConfig:
    named = {"backend": backend, "input": MICROPHONE, "output": SPEAKER, "rate": RATE}
    return AudioConfig.model_validate(named)


class Ears:
    """A microphone that is captured and looked after."""

    def __init__(self, timeline: Timeline, told: list[e.Event]) -> None:
        self.timeline = timeline
        self.told = told

    async def become(self, *codes: str, seconds: float) -> None:
        """Wait until the newest word of the microphone's health is one of these codes."""
        async with asyncio.timeout(seconds):
            while not self.told or getattr(self.told[-1], "code", None) not in codes:
                await asyncio.sleep(0.05)

    async def hear(self, card: SoundCard) -> None:
        """Wait until a tone that is played is heard."""
        begin = self.timeline.end
        with card.play_into_mic(tone(2.0, 700, rate=RATE)):
            async with asyncio.timeout(5):
                while dbfs(self.timeline.read(begin, self.timeline.end)) < -30:
                    await asyncio.sleep(0.05)


@asynccontextmanager
async def listening(backend: str) -> AsyncIterator[Ears]:
    timeline, told = Timeline(), list[e.Event]()
    microphone = open_microphone(config_of(backend))
    capture = Capture(microphone, timeline, config_of(backend))
    health = MicrophoneHealth(
        timeline, told.append, lambda: capture.fault, lambda code: None, lambda: False
    )
    tasks = [asyncio.create_task(capture.run()), asyncio.create_task(health.run())]
    try:
        yield Ears(timeline, told)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await microphone.close()


def rails(seconds: float) -> Samples:
    return np.where(tone(seconds, 50, rate=RATE) > 0, 32_767, -32_768).astype(np.int16)


SOUNDS: list[tuple[Samples, str]] = [
    (np.full(7 * RATE, 8_000, dtype=np.int16), "audio-input-dc"),
    (rails(7.0), "audio-input-clipped"),
]


@pytest.mark.parametrize(("sound", "code"), SOUNDS, ids=["constant", "clipped"])
async def test_what_is_no_sound_is_told_and_heard_through(
    card: SoundCard, sound: Samples, code: str
) -> None:
    async with listening("pyaudio") as ears:
        await ears.become("", seconds=5)
        with card.play_into_mic(sound):
            await ears.become(code, seconds=SECONDS_TO_NOTICE)
        await ears.become("", seconds=SECONDS_TO_RETURN)
        await ears.hear(card)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_microphone_that_gives_zeros_is_told_and_heard_again(
    card: SoundCard, backend: str
) -> None:
    async with listening(backend) as ears:
        await ears.become("", seconds=5)
        card.die_down()
        await ears.become("audio-input-silent", seconds=SECONDS_TO_NOTICE)
        card.revive()
        await ears.become("", seconds=SECONDS_TO_RETURN)
        await ears.hear(card)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_suspended_microphone_is_told_and_heard_again(
    card: SoundCard, backend: str
) -> None:
    async with listening(backend) as ears:
        await ears.become("", seconds=5)
        card.suspend("mic")
        await ears.become("audio-device-lost", seconds=SECONDS_TO_NOTICE)
        card.suspend("mic", suspended=False)
        await ears.become("", seconds=SECONDS_TO_RETURN)
        await ears.hear(card)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_microphone_that_is_plugged_out_and_in_is_heard_again(
    card: SoundCard, backend: str
) -> None:
    async with listening(backend) as ears:
        await ears.become("", seconds=5)
        card.remove("mic")
        # The server may give the stream of another source meanwhile, which is still.
        await ears.become("audio-device-lost", "audio-input-silent", seconds=SECONDS_TO_NOTICE)
        card.insert("mic")
        await ears.become("", seconds=SECONDS_TO_RETURN)
        await ears.hear(card)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_server_that_hangs_holds_up_nobody_and_is_heard_when_it_goes_on(
    card: SoundCard, backend: str
) -> None:
    async with listening(backend) as ears:
        await ears.become("", seconds=5)
        card.freeze()
        await ears.become("audio-device-lost", seconds=SECONDS_TO_NOTICE)
        await longest_pause(4.0)
        card.thaw()
        await ears.become("", seconds=SECONDS_TO_RETURN)
        await ears.hear(card)


async def longest_pause(seconds: float) -> None:
    """See that the loop turns all the while."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        before = loop.time()
        await asyncio.sleep(0.01)
        assert loop.time() - before < 1.0, "somebody waits for the card in the loop"


async def play(speaker: WatchedSpeaker, seconds: float) -> None:
    sound = tone(0.1, 440, rate=RATE)
    for _ in range(round(seconds * 10)):
        await speaker.write(AudioChunk.from_samples(sound, RATE))
    await speaker.drain()


SPEAKER_FAULTS: list[tuple[Fault, Fault]] = [
    (lambda card: card.suspend("spk"), lambda card: card.suspend("spk", suspended=False)),
    (lambda card: card.remove("spk"), lambda card: card.insert("spk")),
    (lambda card: card.freeze(), lambda card: card.thaw()),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("fault", "cure"), SPEAKER_FAULTS, ids=["suspended", "removed", "hung"])
async def test_a_loudspeaker_that_fails_is_told_and_comes_back_by_itself(
    card: SoundCard, backend: str, fault: Fault, cure: Fault
) -> None:
    told = list[e.Event]()
    speaker = WatchedSpeaker(open_speaker(config_of(backend)), told.append)
    trying = asyncio.create_task(speaker.run())
    await play(speaker, 0.3)
    fault(card)
    async with asyncio.timeout(SECONDS_TO_NOTICE):
        with pytest.raises(DeviceLost):
            await play(speaker, 30.0)
    assert told == [e.HealthChanged(part="speaker", healthy=False, code="audio-device-lost")]
    await longest_pause(3.0)
    cure(card)
    async with asyncio.timeout(SECONDS_TO_RETURN):
        while len(told) < 2:
            await asyncio.sleep(0.05)
    assert told[1] == e.HealthChanged(part="speaker", healthy=True)
    with card.recording() as recording:
        await play(speaker, 0.5)
        await asyncio.sleep(0.3)
    assert recording.sounding_seconds() == pytest.approx(0.5, abs=0.1)
    trying.cancel()
    await speaker.close()
