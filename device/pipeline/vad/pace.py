"""How fast somebody speaks: counts syllables by their nuclei, the peaks of loudness.

After de Jong and Wempe, "Praat script to detect syllable nuclei and measure speech rate
automatically", Behavior Research Methods 2009: a nucleus is a peak that stands out by 2 dB from
the dips on both its sides. Here without the check for voicing, and as the sound comes in.
"""

from typing import Final

import numpy as np

from device.audio.format import RATE, Samples, Signal

_STEP: Final = RATE // 100
_SMOOTHED: Final = 5
"""Steps of the mean that makes one peak of a vowel."""
_DIP_DB: Final = 2.0
_BELOW_LOUDEST_DB: Final = 25.0
_FORGET_DB: Final = 0.02
"""The loudest peak fades by so much in a step, so that a slammed door is forgotten."""


class Syllables:
    """Counts the syllables of one stream of sound."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.float32)
        self._recent: list[float] = []
        self._dip = self._peak = 0.0
        self._rising = False
        self._loudest = 0.0

    def feed(self, samples: Samples) -> int:
        """Take the next samples, shape (n,) with any n; syllables that have passed since."""
        sound = np.concatenate((self._rest, samples.astype(np.float32)))
        steps = len(sound) // _STEP
        self._rest = sound[steps * _STEP :]
        return sum(map(self._step, _levels(sound[: steps * _STEP])))

    def _step(self, level: float) -> bool:
        """Take the level of 10 ms; True where a nucleus has just passed."""
        self._recent = [*self._recent[1 - _SMOOTHED :], level]
        smooth = sum(self._recent) / len(self._recent)
        self._loudest = max(self._loudest - _FORGET_DB, smooth)
        if self._rising:
            self._peak = max(self._peak, smooth)
            if smooth > self._peak - _DIP_DB:
                return False
            self._rising, self._dip = False, smooth
            return self._peak > self._loudest - _BELOW_LOUDEST_DB
        self._dip = min(self._dip, smooth)
        if smooth >= self._dip + _DIP_DB:
            self._rising, self._peak = True, smooth
        return False


def _levels(sound: Signal) -> list[float]:
    """Level of every 10 ms in dB, 0 for a step of the least sound."""
    power = np.mean(sound.reshape(-1, _STEP) ** 2, axis=1)
    return [float(level) for level in 10 * np.log10(power + 1.0)]
