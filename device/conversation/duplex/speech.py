"""Finds that a person speaks in what a model is let hear, which itself does not tell. Pure."""

from typing import Final

import numpy as np

from device.audio.format import RATE, Samples
from device.pipeline.base import VadEngine

_THRESHOLD: Final = 0.5
_CONFIRM_SAMPLES: Final = RATE // 4
"""Speech that is no click."""


class Speech:
    """One line's detector; feed it everything."""

    def __init__(self, vad: VadEngine, start_sample: int) -> None:
        """`start_sample`: number of the first sample it is fed."""
        self._stream = vad.open()
        self._size = vad.chunk_samples
        self._rest = np.zeros(0, dtype=np.int16)
        self._position = start_sample
        self._begin: int | None = None

    def feed(self, samples: Samples) -> int | None:
        """Take samples at `RATE`; the first sample of the speech while somebody speaks, else None.

        It is told when it has lasted for a while.
        """
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // self._size * self._size
        for start in range(0, whole, self._size):
            speaks = self._stream.probability(samples[start : start + self._size]) >= _THRESHOLD
            if not speaks:
                self._begin = None
            elif self._begin is None:
                self._begin = self._position
            self._position += self._size
        self._rest = samples[whole:]
        if self._begin is None or self._position - self._begin < _CONFIRM_SAMPLES:
            return None
        return self._begin

    def forget(self) -> None:
        """What is being said counts from now on."""
        self._begin = None
