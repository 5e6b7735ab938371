"""PURE: where a wake word ended, seen from the sample at which its score rose.

The score rises some time after the word, and that delay varies by a tenth of a second and more.
Where the speaker paused near the expected place, the pause settles it.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from device.audio.format import RATE, Samples
from device.pipeline.wake.tail import Tail

_STEP: Final = RATE // 100
_MEMORY: Final = 2 * RATE
_BEFORE: Final = int(0.15 * RATE)
_AFTER: Final = int(0.25 * RATE)
_SHORTEST_PAUSE: Final = 8
"""Steps; the closure of a k or t is shorter."""
_INTO_PAUSE: Final = int(0.04 * RATE)
_RANGE_DB: Final = 8.0
"""Speech that stands out less from its background shows no pauses."""
_PAUSE_SHARE: Final = 0.35
"""A pause is quieter than this share of the way from background to speech, in decibels."""


def word_end(tail: Tail, at_sample: int, expected: int) -> int:
    """Best estimate of the first sample after the word; between 0 and `at_sample`."""
    expected = max(0, min(expected, at_sample))
    audio = tail.read(max(0, at_sample - _MEMORY), at_sample)
    near = [
        (abs(start - expected), start, stop)
        for start, stop in pauses(audio, at_sample)
        if expected - _BEFORE <= start <= expected + _AFTER
    ]
    if not near:
        return expected
    _, start, stop = min(near)
    return min(at_sample, start + min(_INTO_PAUSE, (stop - start) // 2))


def pauses(audio: Samples, stop_sample: int) -> Iterator[tuple[int, int]]:
    """First sample of every pause in the audio before `stop_sample`, and the one after its last."""
    quiet = _quiet_steps(audio)
    begin = stop_sample - len(quiet) * _STEP
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8)))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first >= _SHORTEST_PAUSE:
            yield begin + int(first) * _STEP, begin + int(last) * _STEP


def _quiet_steps(audio: Samples) -> npt.NDArray[np.bool_]:
    """Which of the last whole steps are quiet, in order."""
    steps = len(audio) // _STEP
    if steps < 3:
        return np.zeros(0, dtype=np.bool_)
    signal = np.diff(audio[len(audio) - steps * _STEP :].astype(np.float64), prepend=0.0)
    power = np.mean(signal.reshape(steps, _STEP) ** 2, axis=1)
    level = 10 * np.log10(np.convolve(power, np.full(3, 1 / 3), "same") + 10.0)
    floor, loud = np.percentile(level, 10), np.percentile(level[-70:], 90)
    if loud - floor < _RANGE_DB:
        return np.zeros(steps, dtype=np.bool_)
    return np.asarray(level < floor + _PAUSE_SHARE * (loud - floor))
