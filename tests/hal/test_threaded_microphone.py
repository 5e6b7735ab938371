"""The reader of a blocking microphone, over one made of a queue."""

import asyncio
import queue
import threading

import pytest

from device.audio.format import AudioFormat
from device.errors import DeviceLost
from device.hal.reader import Captured, ThreadedMicrophone

STEREO = AudioFormat(16_000, 2, 2)


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
