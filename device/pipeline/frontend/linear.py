"""The front end's own canceller: a linear filter, and what it leaves weakened."""

from typing import Final

import numpy as np

from device.audio.format import Signal
from device.pipeline.frontend.drift import DriftTracker
from device.pipeline.frontend.kalman import KalmanFilter
from device.pipeline.frontend.residual import ResidualEcho
from device.pipeline.frontend.shaping import Shaper

_SILENT: Final = 1e-5
"""Peak of a reference from which nothing can be learned: below one step of 16 bit."""
_LEARNED: Final = 50
"""Blocks after which the echo path is good enough to find it again."""
_TAIL: Final = 56
"""Blocks for which an echo rings on and the filter still looks back."""


class LinearCanceller:
    """A Kalman filter, its own judge of double-talk, then a gain for every frequency."""

    name = "linear"

    def __init__(self) -> None:
        self._filter = KalmanFilter()
        self._residual = ResidualEcho()
        self._shaper = Shaper()
        self._drift = DriftTracker()
        self._silent = _TAIL
        self._learned = 0

    @property
    def residual_power(self) -> float:
        """Mean square of the echo expected to be left in the last block."""
        return self._residual.left_power

    @property
    def drift(self) -> float:
        """How much faster the playback clock runs, parts of one."""
        return self._drift.drift

    def feed(self, far: Signal, microphone: Signal, learn: bool = True) -> Signal:
        """The next block of shape (160,) without its echo; `learn`: the reference is aligned."""
        self._silent = 0 if np.max(np.abs(far)) > _SILENT else self._silent + 1
        echo = self._filter.feed(far, microphone)
        error = microphone - echo
        gains = self._residual.gains(error, echo, self._filter.unsure)
        if learn and self._silent < _TAIL:
            self._learn()
        return self._shaper.feed(error, gains)

    def response(self) -> Signal | None:
        """Impulse response of the echo path; None before half a second was learned."""
        return self._filter.response() if self._learned >= _LEARNED else None

    def realign(self, far: Signal) -> None:
        """The reference so far was another: its newest 8,960 samples are these."""
        self._filter.realign(far)

    def reset(self) -> None:
        """Forget the echo path."""
        self._filter.reset()
        self._residual.reset()
        self._drift.interrupt()
        self._learned = 0

    def _learn(self) -> None:
        self._filter.learn()
        self._learned += 1
        self._drift.learned(self._filter.path)
