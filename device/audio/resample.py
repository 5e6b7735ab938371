"""Between a device's rate and ours, with soxr."""

from typing import Final

import numpy as np
import soxr

from device.audio.format import RATE, Samples

_QUALITY: Final = "HQ"


class Resampler:
    """Converts one mono stream; keeps its filter between chunks, so there are no seams."""

    def __init__(self, from_rate: int, to_rate: int = RATE) -> None:
        self._stream = (
            None
            if from_rate == to_rate
            else soxr.ResampleStream(from_rate, to_rate, 1, dtype="int16", quality=_QUALITY)
        )

    def feed(self, samples: Samples, last: bool = False) -> Samples:
        """Convert the next samples, shape (n,); `last` also gives what the filter still holds."""
        if self._stream is None:
            return samples
        converted: Samples = self._stream.resample_chunk(np.ascontiguousarray(samples), last=last)
        return converted

    def clear(self) -> None:
        """Forget the stream so far, e.g. after a gap."""
        if self._stream is not None:
            self._stream.clear()


def resample(samples: Samples, from_rate: int, to_rate: int = RATE) -> Samples:
    """Convert a whole sound of shape (n,)."""
    if from_rate == to_rate or len(samples) == 0:
        return samples
    converted: Samples = soxr.resample(samples, from_rate, to_rate, quality=_QUALITY)
    return converted
