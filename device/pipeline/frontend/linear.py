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
_AGREES: Final = 0.2
"""How far the projection of what is heard on the echo as it is thought to be may be off 1: that
is what the right path gives, whoever talks over it, as voices do not correlate."""
_FAINT: Final = 0.02
"""Power of the thought echo, of what is heard, below which the path is not learned at all."""
_LOST: Final = 80
"""Blocks without agreement after which the room must be another one."""
_AVERAGE: Final = 0.98
_SETTLED: Final = 60
"""Blocks after which more than is expected must be somebody who talks."""
_TAIL: Final = 56
"""Blocks for which an echo rings on and the filter still looks back."""


class LinearCanceller:
    """A Kalman filter, its own judge of double-talk, then a gain for every frequency."""

    name = "linear"
    late = 0

    def __init__(self) -> None:
        self._filter = KalmanFilter()
        self._residual = ResidualEcho()
        self._shaper = Shaper()
        self._drift = DriftTracker()
        self._silent = _TAIL
        self._learned = self._lost = 0
        self._heard = self._thought = self._shared = 0.0

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
            self._doubt(microphone, echo)
            self._learn()
        return self._shaper.feed(error, gains)

    def response(self) -> Signal | None:
        """Impulse response of the echo path; None before half a second was learned."""
        return self._filter.response() if self._learned >= _LEARNED else None

    def realign(self, far: Signal) -> None:
        """The reference so far was another: its newest 8,960 samples are these."""
        self._filter.realign(far)

    def hasten(self, samples: float) -> None:
        """The echo comes earlier, by part of a sample."""
        self._filter.hasten(samples)
        self._drift.interrupt()

    def reset(self) -> None:
        """Forget the echo path."""
        self._filter.reset()
        self._residual.reset()
        self._drift.interrupt()
        self._learned = self._lost = 0

    def _learn(self) -> None:
        talk = self._residual.talk and self._learned > _SETTLED
        self._filter.learn(talk)
        self._learned += 1
        if talk:
            self._drift.interrupt()
        else:
            self._drift.learned(self._filter.path)

    def _doubt(self, microphone: Signal, echo: Signal) -> None:
        """Learn the path anew when what is heard is no more what is thought."""
        self._heard = _AVERAGE * self._heard + float(microphone @ microphone)
        self._thought = _AVERAGE * self._thought + float(echo @ echo)
        self._shared = _AVERAGE * self._shared + float(microphone @ echo)
        faint = self._thought < _FAINT * self._heard
        fits = abs(self._shared - self._thought) < _AGREES * self._thought
        agrees = fits and not faint
        self._lost = max(0, self._lost - 2) if agrees else self._lost + 1
        if self._lost > _LOST:
            self._filter.doubt()
            self._residual.reset()
            self._learned = self._lost = 0
