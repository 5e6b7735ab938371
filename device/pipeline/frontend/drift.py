"""How fast the echo path moves: the sign of two clocks that drift apart."""

from typing import Final

import numpy as np

from device.pipeline.frontend.kalman import BINS, BLOCK, Spectrum

PPM: Final = 1e6
"""Parts of one as parts per million."""
_BLOCKS: Final = 25
"""Blocks between two looks: 0.25 s."""
_GAIN: Final = 0.35
"""Share of what is seen that is corrected at once; the correction itself is seen a delay later."""
_REACH: Final = 12
"""Samples that a path may have moved between two looks."""
_MOST: Final = 0.003
"""More than 3,000 ppm is no clock that drifts."""


class DriftTracker:
    """Compares the echo path with itself a moment ago; a shift in time is a slope of the phase."""

    def __init__(self) -> None:
        self._old: Spectrum | None = None
        self._blocks = 0
        self.drift = 0.0
        """How much faster the playback clock runs than the capture clock, parts of one."""

    def learned(self, path: Spectrum) -> bool:
        """The path after one more block was learned; True when the drift is another one now."""
        self._blocks += 1
        if self._blocks < _BLOCKS:
            return False
        seen = self._old is not None
        if self._old is not None:
            moved = shift(self._old, path) / (self._blocks * BLOCK)
            self.drift = float(np.clip(self.drift - _GAIN * moved, -_MOST, _MOST))
        self._old, self._blocks = path.copy(), 0
        return seen

    def interrupt(self) -> None:
        """The path moved for another reason."""
        self._old, self._blocks = None, 0


def shift(old: Spectrum, new: Spectrum) -> float:
    """By how many samples a path has become later: the nearest whole one, then what is left."""
    cross = np.einsum("pk,pk->k", old.conj(), new)
    bins = np.arange(BINS)
    places = np.fft.irfft(cross)
    near = np.concatenate((places[-_REACH:], places[: _REACH + 1]))
    whole = int(np.argmax(near)) - _REACH
    turned = cross * np.exp(2j * np.pi * bins * whole / (2 * BLOCK))
    weight = np.abs(turned)
    slope = np.sum(weight * bins * np.angle(turned)) / (np.sum(weight * bins**2) + 1e-12)
    return whole - float(slope * 2 * BLOCK / (2 * np.pi))
