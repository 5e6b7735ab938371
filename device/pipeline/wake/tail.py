"""The last seconds of one stream's audio, addressed by sample number."""

import numpy as np

from device.audio.format import Samples


class Tail:
    """Keeps at least the last `samples` samples."""

    def __init__(self, samples: int) -> None:
        self._keep = samples
        self._audio: Samples = np.zeros(4 * samples, dtype=np.int16)
        self._filled = 0
        self.end = 0
        """The sample after the newest."""

    def push(self, block: Samples) -> None:
        """Append a block no longer than what is kept. Raises ValueError for a longer one."""
        if len(block) > self._keep:
            raise ValueError(f"a block of {len(block)} samples is longer than {self._keep}")
        if self._filled + len(block) > len(self._audio):
            kept = self._audio[self._filled - self._keep : self._filled].copy()
            self._audio[: self._keep] = kept
            self._filled = self._keep
        self._audio[self._filled : self._filled + len(block)] = block
        self._filled += len(block)
        self.end += len(block)

    def read(self, start: int, stop: int) -> Samples:
        """Samples start..stop, clipped to what is kept; shape (n,)."""
        shift = self._filled - self.end
        low = max(start + shift, self._filled - self._keep, shift, 0)
        return self._audio[low : max(low, min(stop + shift, self._filled))]
