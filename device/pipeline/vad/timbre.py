"""Whether a sound changes its colour, as words do: a cough, a clatter and a hum hardly do. Pure.

A mouth that speaks goes from one shape to the next several times a second. Whatever else a
detector of speech takes for a voice mostly sounds the same all along, or just grows softer.
"""

from typing import Final

from device.audio.format import Samples
from device.pipeline.vad.bands import FRAME, HOP, band_levels

_WORDS_DB: Final = 4.15
"""Between generated coughs and noises (4.1 at most, but for one in fifty) and generated words
(4.3 at least), with rooms and noise; recorded words fall below it in 1 of 100 sentences."""
_FEWEST_HOPS: Final = 8


def colour_moves_db(samples: Samples) -> float:
    """How far the balance between the bands wanders, the mean of its deviations, in dB.

    `samples` of shape (n,); how loud the whole is counts for nothing. 0 where it is too short.
    """
    if len(samples) < FRAME + _FEWEST_HOPS * HOP or not samples.any():
        return 0.0
    levels = band_levels(samples)
    balance = levels - levels.mean(axis=1, keepdims=True)
    return float(balance.std(axis=0).mean())


def may_be_words(samples: Samples) -> bool:
    """Whether it changes as much as the shortest word does."""
    return colour_moves_db(samples) >= _WORDS_DB
