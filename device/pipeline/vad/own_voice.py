"""Whether a sound is only what our own loudspeaker played, seen by how it moves. Pure."""

from typing import Final

import numpy as np

from device.audio.format import Samples
from device.pipeline.vad.bands import FRAME, HOP, Levels, band_levels

_LATEST_HOPS: Final = 12
"""Sound from the loudspeaker comes that much later at most than it is thought to."""
_EARLIEST_HOPS: Final = 3
_FEWEST_HOPS: Final = 8
_SURE, _SURE_SHORT, _ENOUGH_SECONDS = 0.7, 0.8, 0.5
"""Two voices may move alike by chance for a third of a second, hardly for two thirds."""


def likeness(heard: Samples, played: Samples) -> float:
    """How alike the two move in time and frequency, 0 to 1; 1: one is an echo of the other.

    Both of shape (n,), aligned as well as it is known. The correlation of their levels in bands,
    each about its own mean, so that neither a room's colour nor how loud it is counts; at the best
    delay. 0 where one of them is silent or too short to tell.
    """
    size = min(len(heard), len(played))
    if size < FRAME + _FEWEST_HOPS * HOP or not heard[:size].any() or not played[:size].any():
        return 0.0
    one, other = band_levels(heard[:size]), band_levels(played[:size])
    delays = range(-_EARLIEST_HOPS, _LATEST_HOPS + 1)
    return max(0.0, *(_correlation(*_shifted(one, other, delay)) for delay in delays))


def is_echo(alike: float, seconds: float) -> bool:
    """Whether a sound so long and with that likeness is nothing but what was played."""
    return alike >= (_SURE if seconds >= _ENOUGH_SECONDS else _SURE_SHORT)


def _shifted(one: Levels, other: Levels, delay: int) -> tuple[Levels, Levels]:
    if delay < 0:
        return one[:delay], other[-delay:]
    return one[delay:], other[: len(other) - delay]


def _correlation(one: Levels, other: Levels) -> float:
    if len(one) < _FEWEST_HOPS:
        return 0.0
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    power = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / power if power else 0.0
