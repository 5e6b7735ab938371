"""Finds the echo again when playback begins anew: time stamps jitter, the room is the same."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from device.audio.format import Signal
from device.pipeline.frontend.kalman import BLOCK
from device.pipeline.frontend.reference import SILENT

if TYPE_CHECKING:
    from device.pipeline.frontend.echo import EchoPath

HISTORY: Final = 56 * BLOCK
"""Samples of reference that a canceller looks back on."""
_REACH: Final = 400
"""Samples to either side that are tried: 25 ms."""
_PAUSE: Final = 50
"""Blocks of silence after which playback begins anew."""
_FIRST: Final = 4
_EVERY: Final = 2
_LAST: Final = 32
"""Blocks after the beginning at which is tried first, how often, and when it is given up."""
_DOUBTFUL: Final = 16
"""Blocks for which an echo that is not found is more likely than somebody who talks over it."""
_SURE: Final = 0.6
_SURE_EARLY: Final = 0.9
_EARLY: Final = 8
"""Correlation from which the place is the right one; more of it in the first blocks."""
_TALK: Final = 4.0
"""Power over that of the echo, wherever it may be, from which somebody talks over it."""


class Resync:
    """Compares what is heard with the echo that was learned, shifted this way and that."""

    def __init__(self) -> None:
        self.pending = False
        """True while the place is not sure, and nothing should be learned."""
        self._silent = _PAUSE
        self._since = 0
        self._stretches = 0
        self._talk = False

    @property
    def doubtful(self) -> bool:
        """Whether what is heard may be an echo at another place, and nothing but that."""
        return self.pending and self._since < _DOUBTFUL and not self._talk

    def feed(self, path: "EchoPath", far: Signal) -> float:
        """The next block of reference; by how many samples the echo comes earlier than thought."""
        loud = bool(np.max(np.abs(far)) > SILENT)
        if loud and (self._silent >= _PAUSE or self._stretches != path.reference.stretches):
            self.pending, self._since = path.canceller.response() is not None, 0
            self._stretches, self._talk = path.reference.stretches, False
        self._silent = 0 if loud else self._silent + 1
        if not self.pending:
            return 0.0
        self._since += 1
        if self._since < _FIRST or self._since % _EVERY:
            return 0.0
        earlier, likeness = self._compare(path)
        sure = likeness >= (_SURE_EARLY if self._since < _EARLY else _SURE)
        self.pending = not sure and self._since < _LAST
        return earlier if sure else 0.0

    def _compare(self, path: "EchoPath") -> tuple[float, float]:
        response = path.canceller.response()
        samples = self._since * BLOCK
        heard, far = path.aligned(samples, _REACH)
        if response is None:
            return 0.0, 0.0
        size = 1 << (len(far) + len(response)).bit_length()
        spectrum = np.fft.rfft(far, size) * np.fft.rfft(response, size)
        echo = np.fft.irfft(spectrum, size)[len(far) - samples - 2 * _REACH : len(far)]
        place, likeness, loudest = _best(heard, echo.astype(np.float32))
        self._talk = float(np.sum(heard.astype(np.float64) ** 2)) > _TALK * loudest
        return place, likeness


def _best(heard: Signal, echo: Signal) -> tuple[float, float, float]:
    """Where in the longer one the shorter one fits best, from its middle, and how well: 0 to 1.

    And how much energy the longer one has at most in as many samples.
    """
    products = np.correlate(echo, heard, "valid")
    sums = np.cumsum(np.concatenate(([0.0], echo.astype(np.float64) ** 2)))
    energies = sums[len(heard) :] - sums[: -len(heard)]
    norm = np.sqrt(energies * float(np.sum(heard.astype(np.float64) ** 2))) + 1e-9
    fits = products / norm
    place = int(np.argmax(fits))
    earlier = place + _summit(fits[place - 1 : place + 2]) - _REACH
    return earlier, float(fits[place]), float(energies.max())


def _summit(three: NDArray[np.float64]) -> float:
    """How far from the middle one the parabola through three neighbours is highest."""
    if len(three) < 3:
        return 0.0
    bend = three[0] - 2 * three[1] + three[2]
    return float(0.5 * (three[0] - three[2]) / bend) if bend < 0 else 0.0
