"""When the loudspeaker fell silent, grew soft and was heard again: blocks of 5 ms. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scenario.account import Sound

Peaks = NDArray[np.int32]

DUCK_DB: Final = 20.0
"""So much softer than before is ducked."""
LOOK_SECONDS: Final = 1.0
"""How long after a moment somebody listens for what becomes of the sound."""
_BLOCK_SECONDS: Final = 0.005
_BEFORE_SECONDS: Final = 3.0
_SILENT: Final = 2
"""Peak of what is still silence: the last bits of conversions."""


def sounded(played: Sound, at: float) -> bool:
    """Whether something was heard just before a moment."""
    return bool(np.any(_peaks(played, at - 0.2, at) > _SILENT))


def silent_ms(played: Sound, at: float, until: float) -> float | None:
    """Milliseconds from a moment to the last sound before `until`; None: it went on sounding."""
    return _last_above(_peaks(played, at, until), _SILENT)


def ducked_ms(played: Sound, at: float, until: float) -> float | None:
    """Milliseconds from a moment to the last sound that is less than 20 dB softer than before.

    What was before is the loudest of the three seconds before the moment. None: it stayed as loud.
    """
    before = float(np.max(_peaks(played, at - _BEFORE_SECONDS, at), initial=0))
    return _last_above(_peaks(played, at, until), before * 10 ** (-DUCK_DB / 20))


def sounds_ms(played: Sound, at: float, until: float) -> float | None:
    """Milliseconds from a moment to the first sound after it; None: there is none."""
    loud = np.flatnonzero(_peaks(played, at, until) > _SILENT)
    return float(loud[0]) * _BLOCK_SECONDS * 1_000 if len(loud) else None


def _last_above(peaks: Peaks, limit: float) -> float | None:
    loud = np.flatnonzero(peaks > limit)
    if len(loud) == 0:
        return 0.0
    # The last tenth of a second tells whether it ended, or only the time to look.
    if loud[-1] >= len(peaks) - round(0.1 / _BLOCK_SECONDS):
        return None
    return float(loud[-1] + 1) * _BLOCK_SECONDS * 1_000


def _peaks(played: Sound, start: float, stop: float) -> Peaks:
    """The highest sample of each block, shape (n,)."""
    block = round(_BLOCK_SECONDS * played.rate)
    samples = np.abs(played.between(start, stop).astype(np.int32))
    whole = samples[: len(samples) // block * block].reshape(-1, block)
    return np.asarray(whole.max(axis=1, initial=0), np.int32)
