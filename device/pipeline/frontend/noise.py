"""Noise suppression of our own: spectral subtraction, the fall-back and the baseline."""

from typing import Final

import numpy as np

from device.audio.format import Signal
from device.audio.level import amplitude
from device.pipeline.frontend.kalman import BINS, BLOCK, Power
from device.pipeline.frontend.shaping import Shaper

_WINDOW: Final = np.hanning(2 * BLOCK).astype(np.float32)
_MEMORY: Final = np.float32(0.85)
_BLOCKS: Final = 75
"""Blocks after which a minimum is looked for anew: longer than a word, 0.75 s."""
_OVER: Final = np.float32(3.0)
"""The noise is followed by its lowest level, which is below its mean."""
_FLOOR: Final = np.float32(amplitude(-12.0))


class SpectralSubtraction:
    """Boll, "Suppression of acoustic noise in speech using spectral subtraction", 1979.

    The noise is what the smoothed spectrum falls to again and again; it takes 12 dB at most.
    """

    late = 0

    def __init__(self) -> None:
        self._sound: Signal = np.zeros(2 * BLOCK, np.float32)
        self._smooth: Power | None = None
        self._least: Power = np.zeros(BINS, np.float32)
        self._least_before: Power = np.zeros(BINS, np.float32)
        self._blocks = 0
        self._shaper = Shaper()

    def feed(self, block: Signal) -> Signal:
        """The next block of shape (160,) with less noise."""
        self._sound = np.concatenate((self._sound[BLOCK:], block))
        spectrum = np.fft.rfft(self._sound * _WINDOW)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        smooth = power if self._smooth is None else self._smooth
        self._smooth = _MEMORY * smooth + (1 - _MEMORY) * power
        left = 1 - _OVER * self._noise(self._smooth) / (self._smooth + np.float32(1e-10))
        gains = np.sqrt(np.maximum(left, _FLOOR**2))
        return self._shaper.feed(block, gains)

    def _noise(self, smooth: Power) -> Power:
        """The least that was heard in the last 0.75 to 1.5 s."""
        if self._blocks % _BLOCKS == 0:
            self._least_before, self._least = self._least, smooth
        self._blocks += 1
        self._least = np.minimum(self._least, smooth)
        return np.minimum(self._least, self._least_before)
