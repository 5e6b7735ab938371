"""The way from the loudspeaker to one channel of the microphone, found out with a sweep. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.audio.format import RATE, Signal
from device.care.acoustics.plan import HIGHEST_HZ, LOWEST_HZ

Spectrum = NDArray[np.complex128]

_EARLIEST: Final = RATE // 10
"""Samples by which what the loudspeaker says of its latency may be too much."""
_LATEST: Final = 7 * RATE // 10
_CLEAR: Final = 12.0
"""Height of the first sound, in standard deviations of the rest, from which there is an echo."""
_BEFORE: Final = RATE // 500
_RINGS: Final = RATE // 5
"""Samples after which what comes is the room's, and little."""
_NARROW: Final = RATE // 500
_FAINT: Final = 1e-3
"""Share of the sweep's mean power under which a frequency was not played."""


@dataclass(frozen=True, slots=True)
class Echo:
    """What one sweep found."""

    delay_seconds: float
    """How late it comes after the moment that the loudspeaker tells."""
    loss_db: float
    """How much softer it comes back than it was played."""
    level_dbfs: float
    """How loud it is at the microphone."""
    directness: float
    """Share of its energy that comes at once, 0 to 1: a wire has all of it."""


def find_echo(near: Signal, far: Signal) -> Echo | None:
    """The echo of `far` in `near`, both of shape (n,) and full scale 1; None: there is none."""
    size = 1 << (len(near) + len(far)).bit_length()
    played = np.fft.rfft(far, size)
    response = _response(np.fft.rfft(near, size), played)
    peak = int(np.argmax(np.abs(response)))
    first, last = max(0, peak - _BEFORE), peak + _RINGS
    rest = np.concatenate((response[:first], response[last:]))
    if abs(response[peak]) <= _CLEAR * float(np.std(rest)):
        return None
    came = _power(np.fft.rfft(response[first:last], size) * played)
    sounding = max(1, int(np.count_nonzero(far)))
    at_once = response[max(0, peak - _NARROW) : peak + _NARROW]
    return Echo(
        (peak - _EARLIEST) / RATE, float(10 * np.log10(_power(played) / came)),
        float(10 * np.log10(2 * came / size / sounding + 1e-20)),
        float(np.sum(at_once**2) / np.sum(response[first:last] ** 2)),
    )  # fmt: skip


def _response(heard: Spectrum, played: Spectrum) -> NDArray[np.float64]:
    """What makes the one of the other, from the earliest to the latest moment that may be.

    Regularised deconvolution: frequencies that were not played are left out.
    """
    floor = _FAINT * _power(played) / np.count_nonzero(_band(len(played))) + 1e-20
    way = heard * played.conj() / (np.abs(played) ** 2 + floor)
    response = np.fft.irfft(np.where(_band(len(played)), way, 0))
    return np.asarray(np.roll(response, _EARLIEST)[: _EARLIEST + _LATEST])


def _power(spectrum: Spectrum) -> float:
    """All of it between the lowest and the highest frequency of a sweep."""
    return float(np.sum(np.abs(spectrum[_band(len(spectrum))]) ** 2))


def _band(lines: int) -> NDArray[np.bool_]:
    hertz = np.linspace(0, RATE / 2, lines)
    return (hertz > LOWEST_HZ) & (hertz < HIGHEST_HZ)
