"""Gain control of our own: speech comes to one level, as far as 12 dB go."""

from device.audio.format import Signal
from device.audio.level import Loudness, to_samples, to_signal


class GainControl:
    """Brings what is loud enough to be speech to -20 dBFS, gently."""

    late = 0

    def __init__(self) -> None:
        self._loudness = Loudness()

    def feed(self, block: Signal) -> Signal:
        """The next block of shape (160,)."""
        return to_signal(self._loudness.feed(to_samples(block)))
