"""What is too soft to be meant is silence."""

from typing import Final

import numpy as np

from device.audio.format import Signal
from device.audio.level import amplitude
from device.pipeline.frontend.kalman import BLOCK

_HOLD: Final = 30
"""Blocks for which the gate stays open: 300 ms, the length of a pause between words."""
_CLOSED: Final = amplitude(-30.0)


class NoiseGate:
    """Weakens by 30 dB what stays below a level; opens within a block and fades shut."""

    late = 0

    def __init__(self, threshold_dbfs: float) -> None:
        self._threshold = amplitude(threshold_dbfs)
        self._open = 0
        self._gain = 1.0

    def feed(self, block: Signal) -> Signal:
        """The next block of shape (160,)."""
        loud = float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))) >= self._threshold
        self._open = _HOLD if loud else max(0, self._open - 1)
        goal = 1.0 if self._open else _CLOSED
        gains = np.linspace(self._gain, goal, BLOCK, dtype=np.float32)
        self._gain = goal
        return block * gains
