"""From several microphones to one channel: a fixed one, the best one, or all of them in step.

Input is int16 of shape (n, channels) at the device's rate, in order and without gaps; output is
shape (n,).
"""

from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from device.audio.format import Samples, Signal
from device.audio.level import to_samples, to_signal
from device.errors import FormatUnsupported

Choice = int | Literal["best", "beam"]
"""Which channel to hear."""

MAX_DELAY_SECONDS: Final = 0.0005
"""Sound passes 17 cm in this time, more than the width of any microphone array in a speaker."""
_SWITCH_DB: Final = 3.0
_SMOOTH_SECONDS: Final = 0.5
_FLOOR_RISE_DB: Final = 1.0
_LOUD_DB: Final = 6.0
_SOURCE_DB: Final = 3.0
_KERNEL_HALF: Final = 8
_FORGET: Final = 0.9


class Mixer(Protocol):
    """Makes one channel of several."""

    def feed(self, block: Samples) -> Samples:
        """The next samples, shape (n, channels), as one channel, shape (n,)."""
        ...


def open_mixer(choice: Choice, channels: int, rate: int) -> Mixer:
    """The mixer that the configuration names. Raises FormatUnsupported."""
    if choice == "best" and channels > 1:
        return BestChannel(channels, rate)
    if choice == "beam" and channels > 1:
        return Beam(channels, rate)
    index = choice if isinstance(choice, int) else 0
    if not 0 <= index < channels:
        raise FormatUnsupported(
            f"the microphone delivers {channels} channels and [audio] channel asks for number "
            f"{index}, counted from 0; set channels or channel"
        )
    return OneChannel(index)


class OneChannel:
    """One channel, always the same."""

    def __init__(self, index: int) -> None:
        self._index = index

    def feed(self, block: Samples) -> Samples:
        """Take the channel out."""
        return block[:, self._index]


class _Levels:
    """Level above its own noise floor of each channel, dB, smoothed."""

    def __init__(self, channels: int, rate: int) -> None:
        self._rate = rate
        self._power = np.zeros(channels)
        self._floor: npt.NDArray[np.float64] | None = None

    def feed(self, signal: Signal) -> npt.NDArray[np.float64]:
        """How far each channel stands above its noise now, shape (channels,)."""
        seconds = len(signal) / self._rate
        power = np.mean(np.square(signal, dtype=np.float64), axis=0)
        keep = float(np.exp(-seconds / _SMOOTH_SECONDS))
        self._power = keep * self._power + (1 - keep) * power
        level = 10 * np.log10(power + 1e-12)
        floor = level if self._floor is None else self._floor
        self._floor = np.minimum(level, floor + _FLOOR_RISE_DB * seconds)
        above: npt.NDArray[np.float64] = 10 * np.log10(self._power + 1e-12) - self._floor
        return above


class BestChannel:
    """The channel on which speech stands highest above the noise.

    Another one must be better by 3 dB before it is taken; the change is a cross-fade over a block.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self._levels = _Levels(channels, rate)
        self.index = 0
        """The channel in use."""

    def feed(self, block: Samples) -> Samples:
        """Take the best channel out."""
        above = self._levels.feed(to_signal(block))
        best = int(np.argmax(above))
        if above[best] < _LOUD_DB or above[best] < above[self.index] + _SWITCH_DB:
            return block[:, self.index]
        before, self.index = self.index, best
        signal = to_signal(block)
        return to_samples(_crossed(signal[:, before], signal[:, best]))


class Beam:
    """Delay-and-sum: every channel delayed so that the talker's sound adds up, then the mean.

    Delays against channel 0 come from the generalised cross-correlation with phase transform
    (Knapp and Carter 1976), averaged over loud blocks. Channel 0 alone until there was one. Adds
    `delay_samples` of delay.
    """

    def __init__(
        self, channels: int, rate: int, max_delay_seconds: float = MAX_DELAY_SECONDS
    ) -> None:
        self._levels = _Levels(channels, rate)
        self._max_delay = max(1, round(max_delay_seconds * rate))
        self.delay_samples = self._max_delay + _KERNEL_HALF
        """By how much the output lags behind channel 0."""
        self.delays = np.zeros(channels)
        """By how many samples each channel lags behind channel 0 now, shape (channels,)."""
        self._spectrum: npt.NDArray[np.complex128] | None = None
        self._kernels = self._make_kernels()
        self._past: Signal = np.zeros((2 * self.delay_samples, channels), dtype=np.float32)
        self._window = 1 << (round(0.032 * rate) - 1).bit_length()

    def feed(self, block: Samples) -> Samples:
        """Bring the channels into step and add them."""
        if len(block) == 0:
            return block[:, 0]
        signal = to_signal(block)
        joined = np.concatenate((self._past, signal))
        mixed = self._sum(joined)[-len(block) :]
        if np.max(self._levels.feed(signal)) > _SOURCE_DB and len(joined) >= self._window:
            self._listen(joined[-self._window :])
            mixed = _crossed(mixed, self._sum(joined)[-len(block) :])
        self._past = joined[-max(2 * self.delay_samples, self._window) :]
        return to_samples(mixed)

    def _sum(self, joined: Signal) -> Signal:
        taps = self._kernels.shape[1]
        parts = [
            np.convolve(joined[:, channel], kernel)[taps - 1 : len(joined)]
            for channel, kernel in enumerate(self._kernels)
        ]
        together: Signal = np.sum(parts, axis=0, dtype=np.float32)
        return together

    def _listen(self, window: Signal) -> None:
        fresh = _phase_spectra(window)
        old = self._spectrum
        self._spectrum = fresh if old is None else _FORGET * old + (1 - _FORGET) * fresh
        self.delays = _peaks(self._spectrum, self._window, self._max_delay)
        self._kernels = self._make_kernels()

    def _make_kernels(self) -> Signal:
        """Windowed-sinc filters, one a channel, that take its lag away."""
        taps = np.arange(2 * self.delay_samples + 1)
        at = taps[None, :] - (self.delay_samples - self.delays)[:, None]
        window = np.where(
            np.abs(at) < _KERNEL_HALF, np.cos(np.pi * at / (2 * _KERNEL_HALF)) ** 2, 0
        )
        shares = np.full((len(self.delays), 1), 1 / len(self.delays))
        if self._spectrum is None:
            shares = np.eye(len(self.delays), 1)
        kernels: Signal = (np.sinc(at) * window * shares).astype(np.float32)
        return kernels


def delays_between(signal: Signal, max_delay: int) -> npt.NDArray[np.float64]:
    """By how many samples each channel of shape (n, channels) lags behind the first, GCC-PHAT."""
    return _peaks(_phase_spectra(signal), len(signal), max_delay)


def _phase_spectra(window: Signal) -> npt.NDArray[np.complex128]:
    """Cross-spectra with channel 0, magnitudes taken away, shape (bins, channels)."""
    shaped = window * np.hanning(len(window))[:, None]
    spectra = np.fft.rfft(shaped, n=2 * len(window), axis=0)
    cross = spectra * np.conj(spectra[:, :1])
    phases: npt.NDArray[np.complex128] = cross / (np.abs(cross) + 1e-12)
    return phases


def _peaks(
    spectra: npt.NDArray[np.complex128], window: int, max_delay: int
) -> npt.NDArray[np.float64]:
    """Lag of the highest correlation of each channel, in 1/8 sample."""
    finer = 8
    lags = np.fft.irfft(spectra, n=2 * window * finer, axis=0)
    reach = np.arange(-max_delay * finer, max_delay * finer + 1)
    found: npt.NDArray[np.float64] = reach[np.argmax(lags[reach], axis=0)] / finer
    return found


def _crossed(before: Signal, after: Signal) -> Signal:
    """A cross-fade from one version of a block to another."""
    share = np.linspace(0, 1, len(before), dtype=np.float32)
    return before * (1 - share) + after * share
