"""How loud a sound is in the bands that tell one vowel from another. Pure."""

from typing import Final

import numpy as np
import numpy.typing as npt

from device.audio.format import RATE, Samples

FRAME: Final = RATE // 50
HOP: Final = RATE // 100
"""From one frame to the next."""
_EDGES_HERTZ: Final = (150, 300, 450, 650, 900, 1_200, 1_600, 2_100, 2_800, 3_700)
_RANGE_DB: Final = 40.0
"""Below its loudest part by more than this a sound is silence."""

Levels = npt.NDArray[np.float64]


def band_levels(samples: Samples) -> Levels:
    """Level in dB by frame and band, shape (frames, bands), of at least one frame."""
    starts = np.arange(0, len(samples) - FRAME + 1, HOP)
    frames = samples[starts[:, None] + np.arange(FRAME)] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(FRAME, 1 / RATE), _EDGES_HERTZ)
    bands = np.add.reduceat(power, edges, axis=1)[:, :-1]
    levels = 10.0 * np.log10(bands + 1.0)
    return np.asarray(np.maximum(levels, levels.max() - _RANGE_DB))
