"""Whether a figure grows: its slope over time, and how sure that is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope with its 95 % interval, in units of the figure per unit of time."""

    slope: float
    low: float
    high: float

    @property
    def sure(self) -> float:
        """The growth that is left when chance is taken off; 0: there may be none."""
        return max(0.0, self.low)


def trend(runs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Trend:
    """The slope that several runs have in common; each is times and values, and has a level
    of its own.

    Neighbouring values are alike, so that the interval of ordinary least squares would be too
    narrow; this one is by Newey and West (1987), with their lag of n^(1/3) rounded up.
    """
    centred = [(_centred(times), _centred(values)) for times, values in runs if len(times) > 1]
    x = np.concatenate([times for times, _ in centred]) if centred else np.zeros(0)
    y = np.concatenate([values for _, values in centred]) if centred else np.zeros(0)
    spread = float(x @ x)
    if spread == 0.0:
        return Trend(0.0, float("-inf"), float("inf"))
    slope = float(x @ y) / spread
    error = np.sqrt(_long_run_variance(x * (y - slope * x))) / spread
    return Trend(slope, slope - 1.96 * error, slope + 1.96 * error)


def _centred(values: Sequence[float]) -> Floats:
    series = np.asarray(values, dtype=np.float64)
    return np.asarray(series - series.mean())


def _long_run_variance(scores: Floats) -> float:
    """Sum of all covariances of neighbours up to the lag, by Bartlett's weights."""
    lags = int(np.ceil(len(scores) ** (1 / 3)))
    total = float(scores @ scores)
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        weight = 1 - lag / (lags + 1)
        total += 2 * weight * float(scores[lag:] @ scores[:-lag])
    return max(0.0, total)
