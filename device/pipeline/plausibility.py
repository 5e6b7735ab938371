"""Whether what a microphone gives can be sound at all. Pure: time is counted in samples.

A device that works is never quite still: the noise of its own converter moves the last bits. One
with a noise gate is, between sounds; it is known by digital silence that has ended by itself, and
then only silence while the loudspeaker plays speaks against it. Noise that goes on, softly, shows
that there is no gate.
"""

from typing import Final

import numpy as np

from device.audio.format import Samples
from device.errors import AudioError, InputClipped, InputOffset, InputSilent

FAULT_SECONDS: Final = 4.0
"""What goes on for so long is a fault: longer than a cry, shorter than a person waits."""
_WELL_SECONDS: Final = 0.2
_GATE_SECONDS: Final = 0.3
_HISS_SECONDS: Final = 2.0
_FIRST_WAIT_SECONDS: Final = 8.0
_LONGEST_WAIT_SECONDS: Final = 600.0

_HISS: Final = 100.0
"""RMS of what counts as the noise of a quiet room, -50 dBFS."""
_OFFSET: Final = 64
"""From here on a constant is more than the offset that every converter has."""
_STILL: Final = 0.001
"""A device whose offset is a thousand times what moves gives nothing but the offset."""
_RAIL: Final = 32_700
_CLIPPED_SHARE: Final = 0.1
_PLAIN: Final = 400
"""A swing that no still input has."""

Fault = type[AudioError]


class Plausibility:
    """Looks at one microphone's audio, block by block."""

    def __init__(self, rate: int) -> None:
        self.fault: Fault | None = None
        """What is wrong with it now."""
        self._rate = rate
        self._suspect: Fault | None = None
        self._suspect_seconds = 0.0
        self._silent_seconds = 0.0
        self._well_seconds = 0.0
        self._hiss_seconds = 0.0
        self._gated = False
        self._reopened = False
        self._wait_seconds = _FIRST_WAIT_SECONDS
        self._next_seconds = FAULT_SECONDS

    def feed(self, samples: Samples, *, playing: bool = False) -> bool:
        """Take the next samples, shape (n,); tells whether to open the device anew by now.

        `playing`: the loudspeaker is to be heard. A fault that lasts asks again, ever more rarely.
        """
        if len(samples) == 0:
            return False
        seconds = len(samples) / self._rate
        fault = fault_of(samples)
        if fault is None or (fault is InputClipped and playing):
            self._take_sound(samples, seconds)
            return False
        if fault is InputSilent:
            self._silent_seconds += seconds
            if self._gated and not playing:
                return False
        return self._take_fault(fault, seconds)

    def _take_sound(self, samples: Samples, seconds: float) -> None:
        if self._silent_seconds >= _GATE_SECONDS and not self._reopened:
            self._gated = True
        self._silent_seconds = 0.0
        self._listen_for_hiss(samples, seconds)
        self._suspect, self._suspect_seconds = None, 0.0
        self._well_seconds += seconds
        if self._well_seconds >= _WELL_SECONDS:
            self.fault, self._reopened = None, False
            self._wait_seconds, self._next_seconds = _FIRST_WAIT_SECONDS, FAULT_SECONDS

    def _take_fault(self, fault: Fault, seconds: float) -> bool:
        self._well_seconds = self._hiss_seconds = 0.0
        if fault is not self._suspect:
            self._suspect, self._suspect_seconds = fault, 0.0
        self._suspect_seconds += seconds
        if self._suspect_seconds >= FAULT_SECONDS:
            self.fault = fault
        if self._suspect_seconds < self._next_seconds:
            return False
        self._next_seconds += self._wait_seconds
        self._wait_seconds = min(2 * self._wait_seconds, _LONGEST_WAIT_SECONDS)
        self._reopened = True
        return True

    def _listen_for_hiss(self, samples: Samples, seconds: float) -> None:
        rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        self._hiss_seconds = self._hiss_seconds + seconds if rms < _HISS else 0.0
        if self._hiss_seconds >= _HISS_SECONDS:
            self._gated = False


def fault_of(samples: Samples) -> Fault | None:
    """What these samples, shape (n,) with n > 0, would be a sign of if they went on like that."""
    low, high = int(samples.min()), int(samples.max())
    if low == high and abs(low) < _OFFSET:
        return InputSilent
    if high - low > _PLAIN and max(high, -low) < _RAIL:
        return None
    mean = float(samples.mean())
    if abs(mean) >= _OFFSET and float(samples.std()) <= max(1.0, _STILL * abs(mean)):
        return InputOffset
    clipped = np.count_nonzero((samples >= _RAIL) | (samples <= -_RAIL))
    return InputClipped if clipped >= _CLIPPED_SHARE * len(samples) else None
