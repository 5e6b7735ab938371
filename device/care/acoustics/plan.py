"""What an acoustic self-test plays. Pure."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import numpy as np

from device.audio.format import RATE, Samples
from device.audio.level import TARGET_DBFS, amplitude, dbfs, fade_in, fade_out, to_samples

SWEEPS: Final = 5
"""So many show whether the delay stays as it is."""
LEVELS_DB: Final = (-12.0, -6.0, 0.0)
"""How loud the wake word is said, beside a reply; the loudest last."""
LOWEST_HZ: Final = 150.0
HIGHEST_HZ: Final = 7_000.0
_SWEEP_SECONDS: Final = 0.8
_FADE_SECONDS: Final = 0.02


class Kind(Enum):
    """What is played."""

    SWEEP = auto()
    PHRASE = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One sound."""

    kind: Kind
    samples: Samples
    """16 kHz mono."""
    level_db: float = 0.0
    """Beside a reply."""


def plan(phrase: Samples, repeats: int) -> tuple[Item, ...]:
    """Sweeps, then somebody who speaks, so often at each level."""
    sweeps = (Item(Kind.SWEEP, sweep()),) * SWEEPS
    phrases = (Item(Kind.PHRASE, _at(phrase, level), level) for level in LEVELS_DB)
    return (*sweeps, *(item for item in phrases for _ in range(repeats)))


def sweep() -> Samples:
    """A tone that rises ever faster, as loud as a reply (Farina 2000)."""
    at = np.arange(round(_SWEEP_SECONDS * RATE)) / RATE
    octaves = np.log(HIGHEST_HZ / LOWEST_HZ)
    phase = LOWEST_HZ * _SWEEP_SECONDS / octaves * np.expm1(at / _SWEEP_SECONDS * octaves)
    tone = to_samples((0.3 * np.sin(2 * np.pi * phase)).astype(np.float32))
    return _at(fade_out(fade_in(tone, seconds=_FADE_SECONDS), seconds=_FADE_SECONDS), 0.0)


def _at(sound: Samples, level_db: float) -> Samples:
    gain = amplitude(TARGET_DBFS + level_db - dbfs(sound))
    return to_samples((sound / 32_768.0 * gain).astype(np.float32))
