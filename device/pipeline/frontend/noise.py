"""Noise suppression of our own: spectral subtraction, the fall-back and the baseline."""

from typing import Final

import numpy as np

from device.audio.format import Signal
from device.audio.level import amplitude
from device.pipeline.frontend.kalman import BINS, BLOCK, Power
from device.pipeline.frontend.shaping import Shaper

_WINDOW: Final = np.hanning(2 * BLOCK).astype(np.float32)
_MEMORY: Final = np.float32(0.85)
_RISE: Final = np.float32(1.005)
"""By how much the noise may seem to grow in a block: 2 dB a second."""
_START: Final = np.float32(1.0)
_OVER: Final = np.float32(3.0)
"""The noise is followed by its lowest level, which is below its mean."""
_FLOOR: Final = np.float32(amplitude(-12.0))


class SpectralSubtraction:
    """Boll, "Suppression of acoustic noise in speech using spectral subtraction", 1979.

    The noise is what the smoothed spectrum falls to again and again; it takes 12 dB at most.
    """

    def __init__(self) -> None:
        self._sound: Signal = np.zeros(2 * BLOCK, np.float32)
        self._smooth: Power | None = None
        self._noise: Power = np.full(BINS, _START, np.float32)
        self._shaper = Shaper()

    def feed(self, block: Signal) -> Signal:
        """The next block of shape (160,) with less noise."""
        self._sound = np.concatenate((self._sound[BLOCK:], block))
        spectrum = np.fft.rfft(self._sound * _WINDOW)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        smooth = power if self._smooth is None else self._smooth
        self._smooth = _MEMORY * smooth + (1 - _MEMORY) * power
        self._noise = np.minimum(self._smooth, _RISE * self._noise + np.float32(1e-10))
        left = 1 - _OVER * self._noise / (self._smooth + np.float32(1e-10))
        gains = np.sqrt(np.maximum(left, _FLOOR**2))
        return self._shaper.feed(block, gains)
