"""How loud a sound is, and how it is made louder, softer, shorter. All pure."""

from typing import Final

import numpy as np

from device.audio.format import RATE, Samples, Signal

SILENCE_DBFS: Final = -120.0
"""Level of digital zero, instead of minus infinity."""
TARGET_DBFS: Final = -20.0
"""Loudness of everything that is spoken, RMS."""
PEAK: Final = 0.95
"""Highest peak after normalisation, of full scale."""
FADE_SECONDS: Final = 0.01
"""Length of the fade at every cut."""
_FULL_SCALE: Final = 32768.0


def to_signal(samples: Samples) -> Signal:
    """16-bit samples as float, full scale ±1.0."""
    return samples.astype(np.float32) / np.float32(_FULL_SCALE)


def to_samples(signal: Signal) -> Samples:
    """Float as 16-bit samples, clipped."""
    samples: Samples = np.clip(np.rint(signal * _FULL_SCALE), -32768, 32767).astype(np.int16)
    return samples


def amplitude(decibels: float) -> float:
    """The factor that changes a level by so many dB."""
    return float(10.0 ** (decibels / 20.0))


def spoken_dbfs(voice_volume: float) -> float:
    """The level of a voice whose amplitude is so many times the normal one, dB of full scale."""
    return TARGET_DBFS + 20.0 * float(np.log10(max(voice_volume, 0.01)))


def dbfs(samples: Samples) -> float:
    """RMS level in dB of full scale, -120 to 0."""
    if len(samples) == 0:
        return SILENCE_DBFS
    power = float(np.mean(np.square(samples, dtype=np.float64))) / _FULL_SCALE**2
    return max(SILENCE_DBFS, 10.0 * float(np.log10(power))) if power > 0 else SILENCE_DBFS


def fade_in(samples: Samples, rate: int = RATE, seconds: float = FADE_SECONDS) -> Samples:
    """The same sound, rising from silence at its start."""
    return _faded(samples, rate, seconds, at_start=True)


def fade_out(samples: Samples, rate: int = RATE, seconds: float = FADE_SECONDS) -> Samples:
    """The same sound, falling to silence at its end."""
    return _faded(samples, rate, seconds, at_start=False)


def normalise(samples: Samples, target_dbfs: float = TARGET_DBFS, peak: float = PEAK) -> Samples:
    """A whole sound at the target level, or as near to it as its peaks allow; silence stays."""
    highest = _highest(samples)
    if highest == 0.0:
        return samples
    gain = min(amplitude(target_dbfs - dbfs(samples)), peak / highest)
    return to_samples(to_signal(samples) * np.float32(gain))


def trim_silence(
    samples: Samples,
    rate: int = RATE,
    threshold_dbfs: float = -40.0,
    silence_seconds: float = 0.2,
    margin_seconds: float = 0.05,
) -> Samples:
    """Without the silence at both ends where it is longer than `silence_seconds`.

    A margin remains. A sound that is silent throughout becomes empty.
    """
    block = max(1, rate // 100)
    loud = np.flatnonzero(_block_levels(samples, block) > threshold_dbfs)
    if len(loud) == 0:
        return samples[:0]
    first, last = int(loud[0]) * block, min(len(samples), (int(loud[-1]) + 1) * block)
    longest, margin = round(silence_seconds * rate), round(margin_seconds * rate)
    begin = max(0, first - margin) if first > longest else 0
    end = min(len(samples), last + margin) if len(samples) - last > longest else len(samples)
    return samples[begin:end]


class Loudness:
    """Brings one voice to the target level as it streams, gently.

    The level is that of the audible parts heard so far. The gain glides to what that asks for; a
    peak that would be too high lowers it at once.
    """

    def __init__(self, target_dbfs: float = TARGET_DBFS, limit_db: float = 12.0) -> None:
        self._target = target_dbfs
        self._limit = limit_db
        self._power = 0.0
        self._samples = 0
        self._gain: float | None = None

    def feed(self, samples: Samples) -> Samples:
        """The next samples at the wanted level, shape (n,)."""
        if len(samples) == 0:
            return samples
        wanted = self._wanted(samples)
        before = wanted if self._gain is None else self._gain
        ceiling = PEAK / max(_highest(samples), 1e-9)
        glide = np.linspace(min(before, ceiling), min(wanted, ceiling), len(samples))
        self._gain = float(glide[-1])
        return to_samples(to_signal(samples) * glide.astype(np.float32))

    def _wanted(self, samples: Samples) -> float:
        level = dbfs(samples)
        if level > -50.0:
            self._power += float(np.sum(np.square(samples, dtype=np.float64))) / _FULL_SCALE**2
            self._samples += len(samples)
        if self._samples == 0:
            return 1.0
        mean = 10.0 * float(np.log10(self._power / self._samples))
        return amplitude(min(max(self._target - mean, -self._limit), self._limit))


class Glide:
    """A gain that moves to its goal over time: volume, ducking."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain
        """Factor in force now."""
        self._goal = gain
        self._left = 0

    def to(self, gain: float, samples: int) -> None:
        """Reach `gain` after so many samples."""
        self._goal, self._left = gain, max(1, samples)

    def feed(self, samples: Samples) -> Samples:
        """The next samples with the gain in force, shape (n,)."""
        if self._left == 0 or len(samples) == 0:
            return samples if self.gain == 1.0 else _scaled(samples, np.float32(self.gain))
        steps = np.minimum(np.arange(1, len(samples) + 1), self._left)
        gains = self.gain + (self._goal - self.gain) * steps / self._left
        self._left = max(0, self._left - len(samples))
        self.gain = float(gains[-1]) if self._left else self._goal
        return _scaled(samples, gains.astype(np.float32))


def _scaled(samples: Samples, gain: np.float32 | Signal) -> Samples:
    return to_samples(to_signal(samples) * gain)


def _highest(samples: Samples) -> float:
    return float(np.max(np.abs(samples.astype(np.int32)), initial=0)) / _FULL_SCALE


def _faded(samples: Samples, rate: int, seconds: float, at_start: bool) -> Samples:
    length = min(len(samples), max(1, round(seconds * rate)))
    if length == 0:
        return samples
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(length) / length)
    faded = samples.copy()
    if at_start:
        faded[:length] = _scaled(samples[:length], ramp.astype(np.float32))
    else:
        faded[-length:] = _scaled(samples[-length:], ramp[::-1].astype(np.float32))
    return faded


def _block_levels(samples: Samples, block: int) -> Signal:
    """RMS level in dB of full scale of each block; the last one may be short."""
    padded = np.zeros(-(-len(samples) // block) * block, dtype=np.float32)
    padded[: len(samples)] = to_signal(samples)
    power = np.mean(np.square(padded.reshape(-1, block)), axis=1)
    levels: Signal = (10.0 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)
    return levels
