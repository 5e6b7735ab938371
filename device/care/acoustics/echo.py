"""The way from the loudspeaker to one channel of the microphone, found out with a sweep. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from device.audio.format import RATE, Signal
from device.care.acoustics.plan import HIGHEST_HZ, LOWEST_HZ

_EARLIEST_SECONDS: Final = 0.1
"""What the loudspeaker says of its latency may be too much by so much."""
_LATEST_SECONDS: Final = 0.7
_CLEAR: Final = 12.0
"""Height of the first sound, in standard deviations of the rest, from which there is an echo."""
_BEFORE_SECONDS: Final = 0.002
_RINGS_SECONDS: Final = 0.2
"""What comes later is the room's, and little."""
_NARROW_SECONDS: Final = 0.002
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
    """The echo of `far` in `near`, both of shape (n,) and full scale 1; None: there is none.

    Regularised deconvolution, and the energy of the response that it gives.
    """
    size = 1 << (len(near) + len(far)).bit_length()
    played, heard = np.fft.rfft(far, size), np.fft.rfft(near, size)
    power = np.abs(played) ** 2
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    band = (hertz > LOWEST_HZ) & (hertz < HIGHEST_HZ)
    if not power[band].any():
        return None
    floor = _FAINT * float(power[band].mean())
    way = np.where(band, heard * played.conj() / (power + floor), 0)
    response = np.roll(np.fft.irfft(way, size), round(_EARLIEST_SECONDS * RATE))
    response = response[: round((_EARLIEST_SECONDS + _LATEST_SECONDS) * RATE)]
    peak = int(np.argmax(np.abs(response)))
    first, last = peak - round(_BEFORE_SECONDS * RATE), peak + round(_RINGS_SECONDS * RATE)
    rest = np.concatenate((response[: max(0, first)], response[last:]))
    if len(rest) == 0 or abs(response[peak]) <= _CLEAR * float(np.std(rest)):
        return None
    kept = response[max(0, first) : last]
    sounding = max(1, int(np.count_nonzero(far)))
    came = np.abs(np.fft.rfft(kept, size)) ** 2 * power
    energy = float(came[band].sum())
    level = 10 * np.log10(2 * energy / size / sounding + 1e-20)
    loss = 10 * np.log10(float(power[band].sum()) / energy)
    narrow = round(_NARROW_SECONDS * RATE)
    at_once = response[max(0, peak - narrow) : peak + narrow]
    return Echo(
        peak / RATE - _EARLIEST_SECONDS, float(loss), float(level),
        float(np.sum(at_once**2) / np.sum(kept**2)),
    )  # fmt: skip
