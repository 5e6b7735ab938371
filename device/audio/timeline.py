"""One ring of cleaned audio, addressed by absolute sample number.

Capture writes, everybody else reads with a cursor of his own from any sample the ring still
holds. What was never captured is a gap: it reads as silence, and it is counted.
"""

import asyncio
from dataclasses import dataclass

import numpy as np

from device.audio.format import RATE, Samples


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples that the device never delivered."""

    start_sample: int
    """First missing sample."""
    samples: int
    """How many are missing."""


class Timeline:
    """The last `seconds` of captured audio, 16 kHz mono."""

    def __init__(self, seconds: float = 90.0) -> None:
        self._ring: Samples = np.zeros(int(seconds * RATE), dtype=np.int16)
        self._end = 0
        self._closed = False
        self._grown = asyncio.Event()
        self.gaps: list[Gap] = []
        """The newest gaps, oldest first, at most 100."""
        self.missing_samples = 0
        """Samples lost in all gaps since the start."""

    @property
    def end(self) -> int:
        """Number of the sample that will be written next."""
        return self._end

    @property
    def heard(self) -> int:
        """Samples that were really captured; gaps are none."""
        return self._end - self.missing_samples

    @property
    def begin(self) -> int:
        """The oldest sample still held."""
        return max(0, self._end - len(self._ring))

    @property
    def closed(self) -> bool:
        """True once capture has ended."""
        return self._closed

    @property
    def seconds(self) -> float:
        """Captured audio so far, the `at` of every event."""
        return self._end / RATE

    def write(self, samples: Samples) -> None:
        """Append samples of shape (n,)."""
        for part in np.array_split(samples, 1 + len(samples) // len(self._ring)):
            self._put(part)
        self._tell()

    def skip(self, samples: int) -> None:
        """Record that `samples` were lost; they read as silence."""
        self.gaps = [*self.gaps[-99:], Gap(self._end, samples)]
        self.missing_samples += samples
        self.write(np.zeros(samples, dtype=np.int16))

    def read(self, start: int, stop: int) -> Samples:
        """Samples start..stop, clipped to what the ring holds."""
        start, stop = max(start, self.begin), min(stop, self._end)
        if stop <= start:
            return np.zeros(0, dtype=np.int16)
        first, last = start % len(self._ring), (stop - 1) % len(self._ring) + 1
        if first < last:
            return self._ring[first:last].copy()
        return np.concatenate((self._ring[first:], self._ring[:last]))

    def close(self) -> None:
        """Say that nothing more will come; every cursor ends."""
        self._closed = True
        self._tell()

    def discard(self) -> None:
        """Close it and throw away what was captured; nobody reads it any more."""
        self.close()
        self._ring = np.zeros(1, dtype=np.int16)

    async def grown(self) -> None:
        """Wait until something was written or the timeline closed."""
        await self._grown.wait()

    def _put(self, samples: Samples) -> None:
        at = self._end % len(self._ring)
        head = min(len(samples), len(self._ring) - at)
        self._ring[at : at + head] = samples[:head]
        self._ring[: len(samples) - head] = samples[head:]
        self._end += len(samples)

    def _tell(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()


class Cursor:
    """Reads a timeline in blocks of one size, from `start` on."""

    def __init__(self, timeline: Timeline, block_samples: int, start: int | None = None) -> None:
        self._timeline = timeline
        self._block = block_samples
        self.position = timeline.end if start is None else start
        """The sample that the next block begins with."""
        self.lost_samples = 0
        """Samples that left the ring before this cursor came to them."""

    async def next(self) -> Samples | None:
        """Give the next whole block, or None when the timeline has closed."""
        while self._timeline.end < self.position + self._block:
            if self._timeline.closed:
                return None
            await self._timeline.grown()
        if self.position < self._timeline.begin:
            self.lost_samples += self._timeline.begin - self.position
            self.position = self._timeline.begin
        block = self._timeline.read(self.position, self.position + self._block)
        self.position += self._block
        return block
