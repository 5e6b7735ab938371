"""A blocking device, read by a thread of its own that copies and hands over, nothing else."""

import asyncio
import threading
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import DeviceLost
from device.hal.base import Counters
from device.hal.thread import gone, happens, join, stalled, tell

_WAITING_CHUNKS: Final = 100


@dataclass(frozen=True, slots=True)
class Captured:
    """What a source gives at one time."""

    audio: bytes
    """Interleaved PCM; empty when the device has ended."""
    lost_samples: int = 0
    """Samples per channel that were lost before it."""
    captured_at: float = 0.0
    """Monotonic time of its last sample; 0: that at which it was read."""


class Source(Protocol):
    """A device that captures, used by one thread."""

    @property
    def format(self) -> AudioFormat:
        """Format of what `read` gives."""
        ...

    def read(self) -> Captured:
        """Wait for the next chunk. Raises OSError."""
        ...

    def close(self) -> None:
        """Let the device go."""
        ...


class ThreadedMicrophone:
    """Reads a source in a thread of its own.

    It begins at first use, in the loop that uses it: a device may be opened where no loop runs.
    """

    def __init__(self, source: Source, name: str) -> None:
        self.counters = Counters()
        self.format = source.format
        self.live = True
        self._source = source
        self._name = name
        self._chunks: deque[AudioChunk] = deque()
        self._arrived = asyncio.Event()
        self._position = 0
        self._lost = ""
        self._closing = False
        self._thread: threading.Thread | None = None

    async def read(self) -> AudioChunk | None:
        """Give the next chunk. Raises DeviceLost when none comes."""
        if self._thread is None:
            run = partial(self._run, asyncio.get_running_loop())
            self._thread = threading.Thread(target=run, name="microphone-reader", daemon=True)
            self._thread.start()
        while not self._chunks:
            if self._lost:
                raise DeviceLost(self._lost)
            self._arrived.clear()
            if not await happens(self._arrived):
                self._lost = stalled(f"microphone {self._name}")
        return self._chunks.popleft()

    def give_up(self, reason: str) -> None:
        """Count the device as lost."""
        self._fail(reason)

    async def close(self) -> None:
        """End the thread and let the device go."""
        self._closing = True
        if self._thread is None:
            self._source.close()
        else:
            await join(self._thread)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while not self._closing and (captured := self._source.read()).audio:
                captured_at = captured.captured_at or loop.time()
                tell(loop, partial(self._deliver, captured, captured_at))
            reason = gone(f"microphone {self._name}", "it has ended")
        except OSError as error:
            reason = gone(f"microphone {self._name}", error)
        finally:
            self._source.close()
        tell(loop, lambda: self._fail(reason))

    def _deliver(self, captured: Captured, captured_at: float) -> None:
        if captured.lost_samples:
            self._count(captured.lost_samples)
            self._position += captured.lost_samples
        chunk = AudioChunk(captured.audio, self.format, self._position, captured_at)
        self._position = chunk.stop_sample
        if len(self._chunks) == _WAITING_CHUNKS:
            self._count(self._chunks.popleft().samples)
        self._chunks.append(chunk)
        self._arrived.set()

    def _count(self, lost_samples: int) -> None:
        self.counters.overflows += 1
        self.counters.lost_samples += lost_samples

    def _fail(self, reason: str) -> None:
        self._lost = self._lost or reason
        self._arrived.set()
