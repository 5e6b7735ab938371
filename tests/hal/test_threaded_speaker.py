"""The writer of a blocking loudspeaker, over one that a test lets play."""

import asyncio
import threading

import numpy as np
import pytest

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import DeviceLost, DeviceMissing
from device.hal.base import Rendered
from device.hal.writer import ThreadedSpeaker

MONO = AudioFormat(16_000)
STEREO = AudioFormat(16_000, 2, 2)
PERIOD = 120


class GatedSink:
    """Accepts a period whenever a test lets it; its buffer holds two periods."""

    def __init__(self) -> None:
        self.format = MONO
        self.period_samples = PERIOD
        self.gate = threading.Semaphore(0)
        self.written = bytearray()
        self.started = self.stopped = 0
        self.error: Exception | None = None
        self.closed = threading.Event()

    def start(self) -> None:
        self.started += 1
        if self.error is not None:
            raise self.error

    def write(self, audio: bytes) -> bool:
        assert self.gate.acquire(timeout=20)
        if self.error is not None:
            raise self.error
        self.written += audio
        return True

    def unheard_samples(self) -> int:
        return 2 * PERIOD

    def stop(self) -> None:
        self.stopped += 1

    def close(self) -> None:
        self.closed.set()


def chunk(samples: int, value: int = 1_000) -> AudioChunk:
    return AudioChunk.from_samples(np.full(samples, value, dtype=np.int16))


async def test_everything_written_reaches_the_device_padded_by_silence() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test")
    sink.gate.release(10_000)
    await speaker.write(chunk(300))
    await speaker.drain()
    await speaker.close()
    heard = np.frombuffer(bytes(sink.written), dtype="<i2")
    assert (heard[:300] == 1_000).all()
    assert not heard[300:].any()
    assert len(heard) % PERIOD == 0
    assert sink.closed.is_set()


async def test_accepted_audio_counts_as_unheard_until_the_device_is_past_it() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test")
    await speaker.write(chunk(600))
    assert speaker.latency_seconds >= 600 / 16_000
    sink.gate.release(3)
    while len(sink.written) < 2 * 3 * PERIOD:
        await asyncio.sleep(0.01)
    assert (600 - 3 * PERIOD) / 16_000 <= speaker.latency_seconds <= (600 - PERIOD) / 16_000
    sink.gate.release(10_000)
    await speaker.drain()
    assert speaker.latency_seconds == 0
    await speaker.close()


async def test_a_dropped_queue_leaves_one_period_that_fades() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test")
    await speaker.write(chunk(600))
    while speaker.latency_seconds > 0 and sink.started == 0:
        await asyncio.sleep(0.01)
    dropped = await speaker.drop()
    sink.gate.release(10_000)
    await speaker.drain()
    await speaker.close()
    heard = np.frombuffer(bytes(sink.written), dtype="<i2")
    assert np.count_nonzero(heard) / 16_000 <= 600 / 16_000 - dropped
    assert 600 - 2 * PERIOD <= round(dropped * 16_000) <= 600 - PERIOD
    assert np.max(np.abs(np.diff(heard[:600].astype(int)))) < 100, "a jump would click"


async def test_what_waits_can_be_made_softer_without_a_jump() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test")
    await speaker.write(chunk(600, value=10_000))
    while sink.started == 0:
        await asyncio.sleep(0.01)
    assert speaker.soften(0.1, 0.01) == pytest.approx(0.1)
    sink.gate.release(10_000)
    await speaker.drain()
    await speaker.close()
    heard = np.frombuffer(bytes(sink.written), dtype="<i2")[:600].astype(int)
    assert heard[PERIOD - 1] == 10_000, "the device has taken it already"
    assert (heard[2 * PERIOD + 160 :] == 1_000).all()
    assert np.max(np.abs(np.diff(heard))) < 100, "a jump would click"


async def test_a_short_queue_is_softened_as_far_as_it_goes() -> None:
    sink = GatedSink()
    sink.format = STEREO
    speaker = ThreadedSpeaker(sink, "test")
    assert speaker.soften(0.0, 0.01) == 1.0, "there is nothing yet"
    await speaker.write(AudioChunk(bytes(80 * STEREO.bytes_per_frame), STEREO))
    while sink.started == 0:
        await asyncio.sleep(0.01)
    await speaker.write(AudioChunk(bytes(80 * STEREO.bytes_per_frame), STEREO))
    assert 0.0 < speaker.soften(0.0, 0.02) < 1.0
    sink.gate.release(10_000)
    await speaker.close()


async def test_an_idle_device_rests_and_wakes_again() -> None:
    sink = GatedSink()
    sink.gate.release(10_000)
    speaker = ThreadedSpeaker(sink, "test")
    for plays in (1, 2):
        await speaker.write(chunk(300))
        while sink.stopped < plays:
            await asyncio.sleep(0.01)
    assert sink.started == 2
    await speaker.close()


@pytest.mark.parametrize("error", [OSError(-9999, "host error"), DeviceMissing("no such card")])
async def test_a_speaker_whose_device_fails_is_lost(error: Exception) -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test speaker")
    sink.error = error
    sink.gate.release(10_000)
    with pytest.raises(DeviceLost, match="test speaker"):
        await speaker.write(chunk(16_000))
    with pytest.raises(DeviceLost, match="test speaker"):
        await speaker.drain()
    await speaker.close()
    assert sink.closed.is_set()


async def test_a_speaker_that_takes_nothing_is_lost() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test speaker")
    with pytest.raises(DeviceLost, match="moved nothing"):
        await speaker.write(chunk(16_000))
    sink.gate.release(10_000)
    await speaker.close()


async def test_everything_the_device_took_is_told_silence_included() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test")
    told: list[Rendered] = []
    speaker.on_rendered(told.append)
    await speaker.write(chunk(300))
    sink.gate.release(10_000)
    while sink.stopped == 0:
        await asyncio.sleep(0.01)
    await speaker.close()
    played = np.concatenate([rendered.samples for rendered in told])
    assert np.array_equal(played, np.frombuffer(bytes(sink.written), dtype="<i2"))
    assert len(played) > 0.5 * 16_000, "the silence before it rests belongs to it"


async def test_what_is_told_is_heard_when_the_device_has_played_what_is_before_it() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test")
    told: list[Rendered] = []
    speaker.on_rendered(told.append)
    await speaker.write(chunk(300))
    before = asyncio.get_running_loop().time()
    sink.gate.release(1)
    while not told:
        await asyncio.sleep(0.001)
    after = asyncio.get_running_loop().time()
    # The device says that it holds this period and the one before.
    assert before <= told[0].heard_at - PERIOD / 16_000 <= after
    sink.gate.release(10_000)
    await speaker.close()


async def test_what_was_dropped_is_never_told() -> None:
    sink = GatedSink()
    speaker = ThreadedSpeaker(sink, "test")
    told: list[Rendered] = []
    speaker.on_rendered(told.append)
    await speaker.write(chunk(600))
    dropped = await speaker.drop()
    sink.gate.release(10_000)
    await speaker.drain()
    await speaker.close()
    sounding = sum(np.count_nonzero(rendered.samples) for rendered in told)
    assert 0 < sounding <= 600 - round(dropped * 16_000)


async def test_several_channels_are_told_as_one() -> None:
    sink = GatedSink()
    sink.format = STEREO
    speaker = ThreadedSpeaker(sink, "test")
    told: list[Rendered] = []
    speaker.on_rendered(told.append)
    both = np.tile(np.array([1_000, 3_000], dtype=np.int16), PERIOD)
    await speaker.write(AudioChunk(both.tobytes(), STEREO))
    sink.gate.release(10_000)
    await speaker.drain()
    await speaker.close()
    assert (told[0].samples == 2_000).all()
    assert len(told[0].samples) == PERIOD
