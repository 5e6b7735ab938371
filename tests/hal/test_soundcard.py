"""Both backends on a sound card made of PulseAudio, in real time."""

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from benchmarks.soundcard import MICROPHONE, RATE, SPEAKER, SoundCard
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.config import AudioConfig
from device.errors import DeviceLost, DeviceMissing
from device.hal import list_devices, open_microphone, open_speaker
from device.hal.alsa import open_microphone as open_pyaudio_microphone
from device.hal.base import Microphone, Speaker
from device.hal.subprocess import open_microphone as open_arecord
from device.pipeline.playback import Playback
from tests.audio.signals import loudest_hertz, tone

pytestmark = [
    pytest.mark.soundcard,
]

BACKENDS = ["pyaudio", "subprocess"]


def config_of(backend: str, **changes: object) -> AudioConfig:
    named = {"backend": backend, "input": MICROPHONE, "output": SPEAKER, "rate": RATE, **changes}
    return AudioConfig.model_validate(named)


async def heard(microphone: Microphone, seconds: float) -> Samples:
    parts: list[Samples] = []
    while sum(len(part) for part in parts) < seconds * microphone.format.rate:
        chunk = await microphone.read()
        assert chunk is not None
        parts.append(chunk.pcm())
    return np.concatenate(parts)


async def endless_tone() -> AsyncIterator[AudioChunk]:
    second = tone(1.0, 440, rate=RATE)
    for at in range(0, 60 * RATE, 1_920):
        yield AudioChunk.from_samples(np.roll(second, -at)[:1_920], RATE)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_the_microphone_hears_what_is_said(card: SoundCard, backend: str) -> None:
    microphone = open_microphone(config_of(backend, rate=16_000))
    await microphone.read()
    with card.play_into_mic(tone(1.0, 700, rate=RATE)):
        samples = await heard(microphone, 2.0)
    await microphone.close()
    sounding = np.flatnonzero(np.abs(samples.astype(int)) > 1_000)
    assert (sounding[-1] - sounding[0]) / 16_000 == pytest.approx(1.0, abs=0.05)
    assert loudest_hertz(samples[sounding[0] : sounding[-1]], 16_000) == pytest.approx(700, abs=3)
    assert microphone.counters.overflows == 0


@pytest.mark.parametrize("backend", BACKENDS)
async def test_the_speaker_plays_every_sample(card: SoundCard, backend: str) -> None:
    ramp = (np.arange(RATE // 2) // 2 + 1_000).astype(np.int16)
    speaker = open_speaker(config_of(backend))
    with card.recording() as recording:
        for at in range(0, len(ramp), 960):
            await speaker.write(AudioChunk.from_samples(ramp[at : at + 960], RATE))
        await speaker.drain()
        await asyncio.sleep(0.3)
    await speaker.close()
    sounding = recording.samples[np.abs(recording.samples.astype(int)) > 500]
    assert np.array_equal(sounding, ramp)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_stop_is_heard_as_silence_and_heard_seconds_are_true(
    card: SoundCard, backend: str
) -> None:
    speaker = open_speaker(config_of(backend))
    playback = Playback(speaker, volume=1.0)
    with card.recording() as recording:
        playing = asyncio.create_task(playback.play(endless_tone(), normalise=False))
        await asyncio.sleep(1.0)
        stopped_at = time.monotonic()
        await playback.stop()
        played = await playing
        await asyncio.sleep(0.5)
    await speaker.close()
    _, last = recording.sounding_between()
    assert last - stopped_at < 0.25, "a queue or a pipe plays on after the stop"
    assert played.seconds == pytest.approx(recording.sounding_seconds(), abs=0.03)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_an_unplugged_card_is_lost_and_nothing_hangs(card: SoundCard, backend: str) -> None:
    config = config_of(backend)
    opened = open_pyaudio_microphone(config) if backend == "pyaudio" else open_arecord(config)
    speaker = open_speaker(config)
    playback = Playback(speaker)
    playing = asyncio.create_task(playback.play(endless_tone()))
    await heard(opened, 0.3)
    card.stop()
    async with asyncio.timeout(10):
        with pytest.raises(DeviceLost):
            await heard(opened, 60)
        with pytest.raises(DeviceLost):
            await playing
        await opened.close()
        await speaker.close()


async def test_a_card_that_hangs_is_lost(card: SoundCard) -> None:
    microphone = open_pyaudio_microphone(config_of("pyaudio"))
    await heard(microphone, 0.3)
    card.freeze()
    async with asyncio.timeout(10):
        with pytest.raises(DeviceLost):
            await heard(microphone, 60)
    card.stop()
    await microphone.close()


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_card_that_is_plugged_in_again_is_heard_again(
    card: SoundCard, backend: str
) -> None:
    microphone = open_microphone(config_of(backend, rate=16_000))
    before = await microphone.read()
    card.stop()
    await asyncio.sleep(0.2)
    card.start()
    gap_seconds = 0.0
    async with asyncio.timeout(20):
        while gap_seconds < 0.4:
            chunk = await microphone.read()
            assert before is not None
            assert chunk is not None
            gap_seconds = (chunk.start_sample - before.stop_sample) / 16_000
            before = chunk
    await microphone.close()
    assert microphone.counters.lost_samples >= 0.4 * 16_000


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_missing_device_names_those_that_are_there(card: SoundCard, backend: str) -> None:
    assert {MICROPHONE, SPEAKER} <= {device.name for device in list_devices(config_of(backend))}
    with pytest.raises(DeviceMissing, match="nonesuch"):
        open_microphone(config_of(backend, input="nonesuch"))
    with pytest.raises(DeviceMissing, match="nonesuch"):
        open_speaker(config_of(backend, output="nonesuch"))


async def test_part_of_a_name_or_an_index_is_enough(card: SoundCard) -> None:
    named = {device.name: device.index for device in list_devices(config_of("pyaudio"))}
    for wanted in ("PARLOR_s", named[SPEAKER], str(named[SPEAKER])):
        speaker: Speaker = open_speaker(config_of("pyaudio", output=wanted))
        await speaker.close()
