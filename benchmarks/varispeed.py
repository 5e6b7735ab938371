"""Plays a stream a little faster or slower, as a clock does that is off."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.audio.format import Signal

_HALF: Final = 24
_BETA: Final = 9.0


class Varispeed:
    """Reads a stream at `speed` times its rate, interpolated by a windowed sinc.

    The stream is late by `delay_samples`. Exact to 0.01 % up to 85 % of the band.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self.delay_samples: int = 0 if speed == 1 else _HALF
        """Samples of silence before the first one."""
        self._held: Signal = np.zeros(2 * _HALF, np.float32)
        self._first = -2 * _HALF
        self._given = 0

    def feed(self, block: Signal) -> Signal:
        """What can be read after the next samples have come, shape (about len(block),)."""
        if self._speed == 1:
            return block
        self._held = np.concatenate((self._held, block))
        end = self._first + len(self._held)
        until = int(np.ceil(end / self._speed))
        places = np.arange(self._given, until, dtype=np.float64) * self._speed - _HALF
        self._given = until
        read = self._read(places)
        keep = int(np.floor(until * self._speed)) - 2 * _HALF
        self._held = self._held[keep - self._first :]
        self._first = keep
        return read

    def _read(self, places: NDArray[np.float64]) -> Signal:
        whole = np.floor(places).astype(np.int64)
        reach = np.arange(1 - _HALF, _HALF + 1)
        away = (places - whole)[:, None] - reach[None, :]
        window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (away / _HALF) ** 2))) / np.i0(_BETA)
        index = whole[:, None] + reach[None, :] - self._first
        index = np.clip(index, 0, len(self._held) - 1)
        return np.asarray(
            np.sum(self._held[index] * np.sinc(away) * window, axis=1), dtype=np.float32
        )
