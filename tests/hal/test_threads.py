"""Readers and writers of blocking devices, over devices made of queues."""

import asyncio
import queue
import threading

import numpy as np
import pytest

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import DeviceLost, DeviceMissing
from device.hal.base import Rendered
from device.hal.reader import Captured, ThreadedMicrophone
from device.hal.writer import ThreadedSpeaker

STEREO = AudioFormat(16_000, 2, 2)
MONO = AudioFormat(16_000)
PERIOD = 120


class QueueSource:
    """Captures what a test puts in."""

    def __init__(self) -> None:
        self.format = STEREO
        self.waiting: queue.Queue[Captured | OSError] = queue.Queue()
        self.closed = threading.Event()

    def read(self) -> Captured:
        captured = self.waiting.get(timeout=20)
        if isinstance(captured, OSError):
            raise captured
        return captured

    def close(self) -> None:
        self.closed.set()


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


def captured(samples: int, lost: int = 0) -> Captured:
    return Captured(bytes(samples * STEREO.bytes_per_frame), lost)


async def test_chunks_arrive_in_order_with_their_place() -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test")
    for samples in (480, 480, 100):
        source.waiting.put(captured(samples))
    starts = [chunk.start_sample for _ in range(3) if (chunk := await microphone.read())]
    assert starts == [0, 480, 960]
    source.waiting.put(Captured(b""))
    await microphone.close()
    assert source.closed.is_set()


async def test_lost_audio_is_a_jump_and_is_counted() -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test")
    source.waiting.put(captured(480))
    source.waiting.put(captured(480, lost=1_000))
    first, second = await microphone.read(), await microphone.read()
    assert first is not None
    assert second is not None
    assert second.start_sample - first.stop_sample == 1_000
    assert (microphone.counters.overflows, microphone.counters.lost_samples) == (1, 1_000)
    source.waiting.put(Captured(b""))
    await microphone.close()


async def test_when_nobody_reads_the_oldest_goes_and_is_counted() -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test")
    source.waiting.put(captured(480))
    assert await microphone.read() is not None
    for _ in range(130):
        source.waiting.put(captured(480))
    while microphone.counters.overflows < 30:
        await asyncio.sleep(0.01)
    chunk = await microphone.read()
    assert chunk is not None
    assert chunk.start_sample == 31 * 480
    assert microphone.counters.lost_samples == 30 * 480
    source.waiting.put(Captured(b""))
    await microphone.close()


@pytest.mark.parametrize("end", [OSError(-9999, "host error"), Captured(b"")])
async def test_a_device_that_ends_is_lost_after_its_last_chunk(end: Captured | OSError) -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test mic")
    source.waiting.put(captured(480))
    source.waiting.put(end)
    assert await microphone.read() is not None
    for _ in range(2):
        with pytest.raises(DeviceLost, match="test mic"):
            await microphone.read()
    await microphone.close()


async def test_a_microphone_that_delivers_nothing_is_lost() -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test mic")
    with pytest.raises(DeviceLost, match="moved nothing"):
        await microphone.read()
    source.waiting.put(Captured(b""))
    await microphone.close()


async def test_a_loop_that_hangs_itself_does_not_blame_the_microphone() -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test mic")
    reading = asyncio.create_task(microphone.read())
    await asyncio.sleep(0.05)
    threading.Event().wait(2.2)
    source.waiting.put(captured(480))
    assert await reading is not None
    source.waiting.put(Captured(b""))
    await microphone.close()


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


@pytest.mark.parametrize("known", [True, False])
async def test_a_chunk_knows_when_it_was_captured(known: bool) -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test")
    before = asyncio.get_running_loop().time()
    source.waiting.put(Captured(bytes(40), captured_at=before - 0.01 if known else 0.0))
    got = await microphone.read()
    assert got is not None
    if known:
        assert got.captured_at == before - 0.01
    else:
        assert before <= got.captured_at <= asyncio.get_running_loop().time()
    source.waiting.put(Captured(b""))
    await microphone.close()


async def test_a_microphone_that_is_given_up_is_lost() -> None:
    source = QueueSource()
    microphone = ThreadedMicrophone(source, "test mic")
    microphone.give_up("it gives nothing but zeros")
    with pytest.raises(DeviceLost, match="zeros"):
        await microphone.read()
    source.waiting.put(Captured(b""))
    await microphone.close()
