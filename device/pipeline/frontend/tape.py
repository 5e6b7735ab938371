"""The last seconds of a stream, addressed by absolute sample number."""

import numpy as np

from device.audio.format import Signal


class Tape:
    """Keeps at least the newest `samples` of a stream; the rest reads as silence."""

    def __init__(self, samples: int, end: int = 0) -> None:
        self._held: Signal = np.zeros(2 * samples, np.float32)
        self._filled = 0
        self._keep = samples
        self.end = end
        """Number of the sample that comes next."""

    def put(self, signal: Signal) -> None:
        """Append the next samples, shape (n,)."""
        self.end += len(signal)
        signal = signal[-self._keep :]
        if self._filled + len(signal) > len(self._held):
            kept = min(self._filled, self._keep)
            self._held[:kept] = self._held[self._filled - kept : self._filled]
            self._filled = kept
        self._held[self._filled : self._filled + len(signal)] = signal
        self._filled += len(signal)

    def skip(self, samples: int) -> None:
        """Let time go on by so many samples of silence."""
        self.end += max(0, samples - self._keep)
        self.put(np.zeros(min(samples, self._keep), np.float32))

    def read(self, start: int, stop: int) -> Signal:
        """Samples start..stop, shape (stop - start,); silence where there is nothing."""
        first = self.end - self._filled
        if start >= first and stop <= self.end:
            return self._held[start - first : stop - first].copy()
        out = np.zeros(stop - start, np.float32)
        low, high = max(start, first), min(stop, self.end)
        if low < high:
            out[low - start : high - start] = self._held[low - first : high - first]
        return out
