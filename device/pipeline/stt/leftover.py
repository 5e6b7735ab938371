"""Where a recording begins with the end of something else, mostly the wake word."""

import numpy as np
import numpy.typing as npt

from device.audio.format import RATE, Samples

_STEP_SAMPLES = RATE // 100
_SMOOTH_STEPS = 5
_LATEST_STEPS = 70
"""A pause that begins later than this does not belong to the wake word."""
_PAUSE_STEPS = 10
"""Shorter gaps are closures inside of words."""
_LEAD_STEPS = 10
"""Kept of the pause, so that the first word has silence before it."""
_FALL_DB, _RISE_DB, _EVEN_DB = 4.0, 8.0, 3.0


def leftover_samples(samples: Samples) -> int:
    """How many samples to leave out at the start; 0 where the recording begins in a pause.

    A leftover sounds from the first sample on, falls into a pause, and more speech follows.
    """
    level = _level_db(samples)
    if len(level) < _LATEST_STEPS:
        return 0
    valley = _SMOOTH_STEPS // 2 + int(level[_SMOOTH_STEPS // 2 : _LATEST_STEPS].argmin())
    bottom = level[valley]
    begins = float(level[_SMOOTH_STEPS // 2 : _SMOOTH_STEPS + 2].mean())
    if begins < bottom + _FALL_DB or level[valley:].max() < bottom + _RISE_DB:
        return 0
    loud = np.flatnonzero(level > bottom + _EVEN_DB)
    first = int(loud[loud < valley].max(initial=-1)) + 1
    stop = int(loud[loud > valley].min(initial=len(level)))
    if stop - first < _PAUSE_STEPS:
        return 0
    return max(0, stop - 1 - _LEAD_STEPS) * _STEP_SAMPLES


def _level_db(samples: Samples) -> npt.NDArray[np.float64]:
    steps = len(samples) // _STEP_SAMPLES
    blocks = samples[: steps * _STEP_SAMPLES].reshape(steps, _STEP_SAMPLES).astype(np.float64)
    power = (blocks**2).mean(axis=1) + 1
    window = np.ones(_SMOOTH_STEPS) / _SMOOTH_STEPS
    smooth = np.convolve(power, window, "same") if steps >= _SMOOTH_STEPS else power
    return np.asarray(10 * np.log10(smooth))
