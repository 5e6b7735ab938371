"""PURE: how far the last moments stand out from the seconds before, and whether they have pitch."""

from typing import Final

import numpy as np

from device.audio.format import Samples, Signal

_QUIET: Final = 10.0
"""Power under which differences are no matter of speech."""
_FFT: Final = 2_048
_SHORTEST_LAG: Final = 20
_LONGEST_LAG: Final = 115
"""Lags at half the rate: 70 to 400 Hz, the pitch of voices."""


def halved(chunk: Samples) -> Signal:
    """Half the rate by adding neighbours; shape (n // 2,). Hiss matters less, voices stay."""
    pairs = chunk[: len(chunk) // 2 * 2].astype(np.float32).reshape(-1, 2)
    return np.asarray(pairs.sum(axis=1), dtype=np.float32)


def periodicity(signal: Signal) -> float:
    """Strongest normalised autocorrelation at a pitch lag, about 0 to 1; audio at half the rate."""
    centred = signal - signal.mean()
    power = np.abs(np.fft.rfft(centred, _FFT)) ** 2
    correlation = np.fft.irfft(power)[:_LONGEST_LAG]
    if correlation[0] < 1.0:
        return 0.0
    shrink = len(signal) / (len(signal) - np.arange(_SHORTEST_LAG, _LONGEST_LAG))
    return float(np.max(correlation[_SHORTEST_LAG:] / correlation[0] * shrink))


class LevelHistory:
    """Levels of the last `history` chunks; the newest `recent` are compared to the others."""

    def __init__(self, history: int, recent: int) -> None:
        self._power = np.full(history, _QUIET, dtype=np.float64)
        self._recent = recent
        self._last = np.float32(0)

    def push(self, half: Signal) -> None:
        """Take the next chunk at half the rate; the difference counts, as rumble is no voice."""
        signal = np.diff(half, prepend=self._last)
        self._last = half[-1]
        self._power[:-1] = self._power[1:]
        self._power[-1] = float(np.dot(signal, signal)) / len(signal) + _QUIET

    def rise_db(self, quantile: float) -> float:
        """Level of the recent chunks over the `quantile` of the others."""
        before = np.quantile(self._power[: -self._recent], quantile)
        return float(10 * np.log10(self._power[-self._recent :].mean() / before))


class PitchHistory:
    """Which of the last `recent` chunks have the pitch of a voice; computed only when asked for."""

    _CONTEXT: Final = 3
    """A chunk is judged with the two before it: 90 ms hold several periods."""

    def __init__(self, recent: int, chunk_samples: int) -> None:
        self._half = chunk_samples // 2
        self._audio: Signal = np.zeros((recent + self._CONTEXT - 1) * self._half, dtype=np.float32)
        self._known = np.full(recent, np.nan)

    def push(self, half: Signal) -> None:
        """Take the next chunk at half the rate."""
        self._audio[: -self._half] = self._audio[self._half :]
        self._audio[-self._half :] = half
        self._known[:-1] = self._known[1:]
        self._known[-1] = np.nan

    def voiced_chunks(self, least: float) -> int:
        """How many of the recent chunks have a periodicity of `least` or more."""
        for at in np.flatnonzero(np.isnan(self._known)):
            start = int(at) * self._half
            window = self._audio[start : start + self._CONTEXT * self._half]
            self._known[at] = periodicity(window)
        return int(np.count_nonzero(self._known >= least))
