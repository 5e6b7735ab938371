"""Chimes, made and not recorded: two soft sine tones each."""

from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np

from device.audio.format import Samples

_PEAK: Final = 0.25
"""Of full scale: a chime is heard, not startling."""
_NOTCH_HERTZ: Final = 60.0
"""Half of the band that is cut around a tone."""


class Earcon(StrEnum):
    """What a chime tells."""

    WAKE = "wake"
    DONE = "done"
    ERROR = "error"
    TIMER = "timer"
    MUTE_ON = "mute_on"
    MUTE_OFF = "mute_off"
    ANNOUNCEMENT = "announcement"


_TONES: Final[dict[Earcon, tuple[tuple[float, float], ...]]] = {
    Earcon.WAKE: ((660.0, 0.06), (880.0, 0.08)),
    Earcon.DONE: ((880.0, 0.05), (660.0, 0.06)),
    Earcon.ERROR: ((330.0, 0.12), (262.0, 0.2)),
    Earcon.TIMER: ((880.0, 0.12), (0.0, 0.06), (880.0, 0.12), (0.0, 0.7)),
    Earcon.MUTE_ON: ((523.0, 0.06), (392.0, 0.1)),
    Earcon.MUTE_OFF: ((392.0, 0.06), (523.0, 0.1)),
    Earcon.ANNOUNCEMENT: ((523.0, 0.1), (659.0, 0.1), (784.0, 0.16)),
}
"""Hertz and seconds of the tones, one after the other; 0 Hz is a pause."""


@cache
def earcon(kind: Earcon, rate: int) -> Samples:
    """The chime at a rate in samples a second, shape (n,)."""
    return np.concatenate([_tone(hertz, seconds, rate) for hertz, seconds in _TONES[kind]])


def without_earcon(samples: Samples, kind: Earcon, rate: int) -> Samples:
    """The same audio without the chime in it: its tones and their first harmonics are cut out.

    The chime must lie inside `samples`, shape (n,). What a person says meanwhile loses only some
    narrow bands.
    """
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    for tone, _ in _TONES[kind]:
        for harmonic in (1, 2, 3):
            spectrum[np.abs(hertz - harmonic * tone) < _NOTCH_HERTZ] = 0
    return np.clip(np.fft.irfft(spectrum, len(samples)), -32_768, 32_767).astype(np.int16)


def _tone(hertz: float, seconds: float, rate: int) -> Samples:
    # A Hann window keeps the tone inside a narrow band, so that it can be cut out again.
    wave = np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
    return (wave * np.hanning(len(wave)) * _PEAK * 32_767).astype(np.int16)
