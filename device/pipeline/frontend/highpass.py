"""A high-pass filter that takes rumble and DC away."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.audio.format import RATE, Signal

CUTOFF_HZ: Final = 80.0
_ORDER: Final = 4
_QUALITIES: Final = (0.5412, 1.3066)
"""Of the two sections that make a Butterworth filter of 4th order."""
_BLOCK: Final = 160

_System = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]
"""A, b, c, d of x' = A x + b u, y = c x + d u."""


class HighPass:
    """Butterworth, 4th order, -3 dB at 80 Hz, -24 dB an octave below.

    The recursion is written as a state space and unrolled over a block, so that a block costs two
    products of matrices instead of a loop over its samples.
    """

    def __init__(self) -> None:
        step, inward, outward, through = _in_series(*(_section(q) for q in _QUALITIES))
        powers = [np.linalg.matrix_power(step, n) for n in range(_BLOCK + 1)]
        response = [through, *(float(outward @ p @ inward) for p in powers[: _BLOCK - 1])]
        lag = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
        self._direct = np.where(lag >= 0, np.array(response)[np.maximum(lag, 0)], 0.0)
        self._observe = np.array([outward @ p for p in powers[:_BLOCK]])
        self._reach = np.array([p @ inward for p in reversed(powers[:_BLOCK])]).T
        self._step = powers[_BLOCK]
        self._single = (step, inward, outward, through)
        self._state = np.zeros(_ORDER)

    def feed(self, signal: Signal) -> Signal:
        """The next samples without what is below 80 Hz, as many as are given."""
        whole = len(signal) // _BLOCK * _BLOCK
        blocks = signal[:whole].astype(np.float64).reshape(-1, _BLOCK)
        out = np.empty(len(signal))
        if whole:
            out[:whole] = self._blocks(blocks).ravel()
        step, inward, outward, through = self._single
        for n in range(whole, len(signal)):
            out[n] = outward @ self._state + through * signal[n]
            self._state = step @ self._state + inward * signal[n]
        return out.astype(np.float32)

    def _blocks(self, blocks: NDArray[np.float64]) -> NDArray[np.float64]:
        out: NDArray[np.float64] = blocks @ self._direct.T
        for row, driven in zip(out, blocks @ self._reach.T, strict=True):
            row += self._observe @ self._state
            self._state = self._step @ self._state + driven
        return out


def _section(quality: float) -> _System:
    """A second-order section by the bilinear transform, as transposed direct form II."""
    warped = np.tan(np.pi * CUTOFF_HZ / RATE)
    norm = 1 / (1 + warped / quality + warped**2)
    ahead = norm * np.array([1.0, -2.0, 1.0])
    back = norm * np.array([2 * (warped**2 - 1), 1 - warped / quality + warped**2])
    step = np.array([[-back[0], 1.0], [-back[1], 0.0]])
    return step, ahead[1:] - back * ahead[0], np.array([1.0, 0.0]), float(ahead[0])


def _in_series(first: _System, second: _System) -> _System:
    step = np.zeros((_ORDER, _ORDER))
    step[:2, :2], step[2:, 2:] = first[0], second[0]
    step[2:, :2] = np.outer(second[1], first[2])
    inward = np.concatenate((first[1], second[1] * first[3]))
    outward = np.concatenate((second[3] * first[2], second[2]))
    return step, inward, outward, first[3] * second[3]
