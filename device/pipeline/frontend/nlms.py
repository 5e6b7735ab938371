"""The plain adaptive filter: a fall-back, and what the better ones are measured by."""

from typing import Final

import numpy as np

from device.audio.format import Signal

_TAPS: Final = 256
_STEP: Final = 0.01
_FLOOR: Final = 1e-6
_LATE: Final = 128
"""Samples by which the reference is early; so short a filter has no taps to wait for it."""


class NlmsCanceller:
    """Normalised least mean squares, 256 taps, step 0.01; no double-talk is noticed."""

    name = "nlms"
    late = 0
    drift = 0.0

    def __init__(self) -> None:
        self._far: Signal = np.zeros(_TAPS - 1 + _LATE, np.float32)
        self.residual_power = 0.0
        """Mean square of the echo in the last block as it was found, full scale 1."""
        self.reset()

    def feed(self, far: Signal, microphone: Signal, learn: bool = True) -> Signal:
        """The next block, shape (n,), without its echo."""
        sound = np.concatenate((self._far, far))
        self._far = sound[len(far) :]
        windows = np.lib.stride_tricks.sliding_window_view(sound[:-_LATE], _TAPS)
        norms = _STEP / (np.einsum("nk,nk->n", windows, windows) + _FLOOR)
        error = np.empty_like(microphone)
        for n, window in enumerate(windows):
            error[n] = microphone[n] - window @ self._taps
            self._taps += (norms[n] * error[n]) * window
        self.residual_power = min(float(np.mean(error**2)), float(np.mean(far**2)))
        return error

    def response(self) -> Signal | None:
        """Nothing: what it has learned is not exact enough to find a delay by."""
        return None

    def realign(self, far: Signal) -> None:
        """Take other samples for the reference so far."""
        self._far = far[1 - _TAPS - _LATE :].copy()

    def hasten(self, samples: float) -> None:
        """Nothing: it follows by itself."""

    def reset(self) -> None:
        """Forget the echo path."""
        self._taps: Signal = np.zeros(_TAPS, np.float32)
