"""How late the echo comes: the generalised cross-correlation of microphone and reference."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.audio.format import RATE, Signal

LONGEST: Final = 6_400
"""Samples of delay that are looked for: 400 ms."""
WINDOW: Final = 6_400
"""Samples of the microphone that one look needs: 400 ms."""
_SIZE: Final = 16_384
_MEMORY: Final = 0.7
_CLEAR: Final = 9.0
"""Height of a peak, in standard deviations of the rest, from which it counts."""
_AGREEMENT: Final = 16
"""Two looks must agree to so many samples."""


class DelayFinder:
    """Knapp and Carter, "The generalized correlation method for estimation of time delay", 1976.

    Weighted by the phase transform where the reference has any sound, and averaged over looks.
    """

    def __init__(self) -> None:
        self._cross: NDArray[np.complex128] = np.zeros(_SIZE // 2 + 1, np.complex128)
        self._before: int | None = None
        frequencies = np.fft.rfftfreq(_SIZE, 1 / RATE)
        self._band = (frequencies > 150) & (frequencies < 7_000)

    def look(self, microphone: Signal, far: Signal) -> int | None:
        """The delay in samples, once two looks in a row agree.

        `microphone` of shape (6400,), `far` of shape (12800,) with the same end.
        """
        there, here = np.fft.rfft(far, _SIZE), np.fft.rfft(microphone, _SIZE)
        self._cross = _MEMORY * self._cross + there * here.conj()
        strength = np.abs(there)
        audible = self._band & (strength > 0.01 * strength.max(initial=1e-9))
        weighted = np.where(audible, self._cross / (np.abs(self._cross) + 1e-12), 0)
        correlation = np.abs(np.fft.irfft(weighted)[: LONGEST + 1])
        peak = int(np.argmax(correlation))
        delay = LONGEST - peak
        clear = correlation[peak] > _CLEAR * np.sqrt(np.mean(correlation**2))
        agrees = self._before is not None and abs(delay - self._before) <= _AGREEMENT
        self._before = delay if clear else None
        return delay if clear and agrees else None

    def forget(self) -> None:
        """Begin anew."""
        self._cross[:] = 0
        self._before = None
