"""Weakens frequencies block by block, without holding anything back."""

from typing import Final

import numpy as np

from device.audio.format import Signal
from device.pipeline.frontend.kalman import BLOCK, Power

_SIZE: Final = 2 * BLOCK
_TAPS: Final = BLOCK
_FADE: Final = (np.arange(1, BLOCK + 1) / BLOCK).astype(np.float32)
_FOLD: Final = np.concatenate(([1.0], np.full(BLOCK - 1, 2.0), [1.0], np.zeros(BLOCK - 1)))
_TAPER: Final = np.concatenate(
    (np.ones(_TAPS // 2), 0.5 + 0.5 * np.cos(np.pi * np.arange(_TAPS // 2) / (_TAPS // 2)))
)


class Shaper:
    """Turns gains into a minimum-phase filter (Oppenheim and Schafer) and glides between blocks.

    A filter of minimum phase reacts at once: a linear-phase one would cost 10 ms.
    """

    def __init__(self) -> None:
        self._before: Signal = np.zeros(_TAPS - 1, np.float32)
        self._taps = _flat()

    def feed(self, block: Signal, gains: Power) -> Signal:
        """The next block, shape (160,), with `gains`, shape (161,), above 0."""
        sound = np.concatenate((self._before, block))
        self._before = sound[len(block) :]
        taps = minimum_phase(gains)
        old, new = np.convolve(sound, self._taps, "valid"), np.convolve(sound, taps, "valid")
        self._taps = taps
        shaped: Signal = old + _FADE * (new - old)
        return shaped

    def rest(self, block: Signal) -> None:
        """The next block passes as it is."""
        self._before = np.concatenate((self._before, block))[len(block) :]
        self._taps = _flat()


def minimum_phase(gains: Power) -> Signal:
    """The impulse response of those gains with the least delay, shape (160,)."""
    cepstrum = np.fft.irfft(np.log(gains))
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum * _FOLD)))
    taps: Signal = (response[:_TAPS] * _TAPER).astype(np.float32)
    return taps


def _flat() -> Signal:
    taps = np.zeros(_TAPS, np.float32)
    taps[0] = 1
    return taps
