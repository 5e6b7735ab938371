"""What the linear canceller leaves of the echo: how much it is, and how it is weakened."""

from typing import Final

import numpy as np

from device.audio.format import Signal
from device.audio.level import amplitude
from device.pipeline.frontend.kalman import BINS, BLOCK, Power

_BANDS: Final = 23
_WIDTH: Final = BINS // _BANDS
"""Frequencies of a band: 7, that is 350 Hz."""
_MEMORY: Final = np.float32(0.99)
_TRUST: Final = np.float32(2.0)
"""What is so many times louder than expected is somebody's voice, and teaches no more than this."""
_REVERBERATION: Final = np.float32(0.9)
"""What is left rings on, losing this share of its power in a block."""
_DEEPEST: Final = np.float32(amplitude(-4.0))
"""More would tear holes into a voice that talks over the echo."""
_ALONE: Final = (2.0, 4.0)
"""Power over what is expected below which nobody else talks, and above which somebody does."""
_TALK: Final = 5.0
"""Power over what is expected from which somebody surely talks."""
_ALONE_DB: Final = 25.0
"""How much deeper everything is weakened while nobody else talks."""
_HOLD: Final = 0.9
_MOST: Final = 40.0
"""How fast that is forgotten, and a power that is as sure as more of it."""
_VOICE: Final = slice(5, 161)
"""Frequencies in which a voice is looked for, from 250 Hz on: an s has nothing below 4 kHz."""
_SILENCE: Final = np.float32(1e-7)
_FIRST: Final = np.float32(1e-8)
"""Weight of the share with which it begins: all of the echo."""
_UNSURE: Final = np.float32(0.06)
"""Share of what the filter doubts that is left: it doubts more than it errs."""
_WINDOW: Final = np.hanning(2 * BLOCK).astype(np.float32)
_WINDOW_POWER: Final = float(np.sum(_WINDOW**2))


class ResidualEcho:
    """Expects a share of the echo to be left and tells gains that weaken it.

    The share is, in every band, the regression of what is left on the echo: a voice that talks
    over it does not rise and fall with our own, and so does not count (Valin, "On adjusting the
    learning rate in frequency domain echo cancellation with double-talk", IEEE TASLP 2007).
    """

    def __init__(self) -> None:
        self._error: Signal = np.zeros(2 * BLOCK, np.float32)
        self._echo: Signal = np.zeros(2 * BLOCK, np.float32)
        self._expected: Power = np.zeros(BINS, np.float32)
        self._ratio = 0.0
        self.left_power = 0.0
        """Mean square of the echo expected in the last block, after the gains; full scale 1."""
        self.reset()

    def reset(self) -> None:
        """Forget the share."""
        self._mean_left: Power = np.zeros(_BANDS, np.float32)
        self._mean_echo: Power = np.zeros(_BANDS, np.float32)
        self._both: Power = np.full(_BANDS, _FIRST, np.float32)
        self._alone: Power = np.full(_BANDS, _FIRST, np.float32)

    @property
    def talk(self) -> bool:
        """Whether somebody talks over the echo."""
        return self._ratio > _TALK

    @property
    def share(self) -> Power:
        """Power left of the echo in every band, shape (23,), 0 to 1."""
        share: Power = np.clip(self._both / (self._alone + np.float32(1e-15)), 1e-4, 1.0)
        return share

    def gains(self, error: Signal, echo: Signal, unsure: Power) -> Power:
        """Gains for a block without its echo, shape (161,), 0.005 to 1."""
        self._error = np.concatenate((self._error[BLOCK:], error))
        self._echo = np.concatenate((self._echo[BLOCK:], echo))
        left, echoed = _power(self._error), _power(self._echo)
        self._regress(_banded(left), _banded(echoed))
        fresh = np.repeat(self.share, _WIDTH) * echoed + _UNSURE * unsure
        self._expected = np.maximum(fresh, _REVERBERATION * self._expected)
        wiener = 1 - self._expected / (left + np.float32(1e-9))
        gains = _smoothed(np.maximum(wiener, _DEEPEST) * self._nobody_else(left))
        self.left_power = float(np.sum(self._expected * gains**2)) / (_WINDOW_POWER * BLOCK)
        return gains

    def _regress(self, left: Power, echoed: Power) -> None:
        left = np.minimum(left, _TRUST * self.share * echoed + _SILENCE)
        self._mean_left += (1 - _MEMORY) * (left - self._mean_left)
        self._mean_echo += (1 - _MEMORY) * (echoed - self._mean_echo)
        apart = echoed - self._mean_echo
        both = _MEMORY * self._both + (1 - _MEMORY) * (left - self._mean_left) * apart
        self._both = np.maximum(both, 0)
        self._alone = _MEMORY * self._alone + (1 - _MEMORY) * apart**2

    def _nobody_else(self, left: Power) -> np.float32:
        """A factor below 1 while all that is left is as loud as expected."""
        heard, expected = left[_VOICE].sum(), self._expected[_VOICE].sum()
        ratio = float((heard + 10 * _SILENCE) / (expected + _SILENCE))
        self._ratio = max(ratio, _HOLD * min(self._ratio, _MOST))
        sure = np.interp(np.log(self._ratio + 1e-9), np.log(_ALONE), (1.0, 0.0))
        return np.float32(amplitude(-_ALONE_DB * float(sure)))


def _power(signal: Signal) -> Power:
    spectrum = np.fft.rfft(signal * _WINDOW)
    power: Power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return power


def _banded(power: Power) -> Power:
    banded: Power = power.reshape(_BANDS, _WIDTH).mean(axis=1)
    return banded


def _smoothed(gains: Power) -> Power:
    """Without the steps between neighbours that a short filter cannot follow."""
    wide = np.concatenate((gains[:1], gains, gains[-1:]))
    smooth: Power = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / np.float32(4)
    return smooth
