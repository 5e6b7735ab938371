"""Synthetic rooms and noises, all from a seed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.audio.format import RATE, Signal

SOUND_SPEED: Final = 343.0
"""Metres a second."""

NOISES: Final = ("white", "pink", "hum", "fan", "babble", "music")
"""Kinds of noise that `noise` makes."""


def room_response(rng: np.random.Generator, reverberation_seconds: float) -> Signal:
    """Impulse response of a random shoebox room, direct sound first, peak 1.

    Image sources (Allen and Berkley 1979) up to 80 ms, then a diffuse exponential tail that falls
    60 dB in `reverberation_seconds`.
    """
    if reverberation_seconds <= 0:
        return np.ones(1, dtype=np.float32)
    size = rng.uniform((3.0, 2.5, 2.3), (7.0, 6.0, 3.0))
    speaker, microphone = rng.uniform(0.5, size - 0.5), rng.uniform(0.5, size - 0.5)
    response = np.zeros(int((reverberation_seconds + 0.1) * RATE))
    times, gains = _images(size, speaker, microphone, reverberation_seconds)
    direct = times.min()
    early = times - direct < min(0.08, reverberation_seconds)
    np.add.at(response, ((times[early] - direct) * RATE).astype(int), gains[early])
    response /= np.abs(response[0])
    return (response + _tail(rng, len(response), reverberation_seconds)).astype(np.float32)


def _images(
    size: NDArray[np.float64],
    speaker: NDArray[np.float64],
    microphone: NDArray[np.float64],
    reverberation_seconds: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Arrival times in seconds and gains of the mirror images up to order 4 on each axis."""
    surface = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
    absorption = min(0.95, 0.161 * float(np.prod(size)) / (surface * reverberation_seconds))
    reflection = np.sqrt(1 - absorption)
    order = np.arange(-4, 5)
    along = [
        np.where(
            order % 2 == 0,
            order * size[axis] + speaker[axis],
            (order + 1) * size[axis] - speaker[axis],
        )
        - microphone[axis]
        for axis in range(3)
    ]
    x, y, z = np.meshgrid(*along, indexing="ij")
    bounces = sum(np.abs(b) for b in np.meshgrid(order, order, order, indexing="ij"))
    distance = np.maximum(np.sqrt(x**2 + y**2 + z**2), 0.1).ravel()
    return distance / SOUND_SPEED, (reflection**bounces).ravel() / distance


def _tail(
    rng: np.random.Generator, length: int, reverberation_seconds: float
) -> NDArray[np.float64]:
    at = np.arange(length) / RATE
    tail = rng.normal(0, 0.02, length) * 10 ** (-3 * at / reverberation_seconds)
    tail[: int(0.02 * RATE)] = 0
    return np.asarray(tail)


def reverberate(dry: Signal, response: Signal) -> Signal:
    """The sound as the microphone in that room hears it; as long as `dry` plus the response."""
    length = len(dry) + len(response) - 1
    size = 1 << (length - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(response, size), size)[:length]
    return np.asarray(wet, dtype=np.float32)


def noise(kind: str, samples: int, rng: np.random.Generator) -> Signal:
    """Noise of one of `NOISES` with RMS 1, shape (samples,); babble needs speech, see `corpus`."""
    makers = {"white": _white, "pink": _pink, "hum": _hum, "fan": _fan, "music": _music}
    made = makers[kind](samples, rng)
    return np.asarray(made / (np.sqrt(np.mean(made**2)) + 1e-9), dtype=np.float32)


def _white(samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(rng.normal(0, 1, samples))


def _shaped(samples: int, rng: np.random.Generator, exponent: float) -> NDArray[np.float64]:
    """Noise whose power falls with frequency to the power of `exponent`."""
    spectrum = np.fft.rfft(rng.normal(0, 1, samples))
    frequency = np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20.0)
    return np.asarray(np.fft.irfft(spectrum * frequency ** (-exponent / 2), samples))


def _pink(samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return _shaped(samples, rng, 1.0)


def _fan(samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Broadband flow noise that swells with the blades."""
    at = np.arange(samples) / RATE
    flow = _shaped(samples, rng, 1.5)
    return np.asarray(flow * (1 + 0.2 * np.sin(2 * np.pi * rng.uniform(3, 20) * at)))


def _hum(samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Mains hum with harmonics over a pink floor."""
    at = np.arange(samples) / RATE
    tones = sum(
        np.sin(2 * np.pi * 50 * k * at + rng.uniform(0, 6.3)) / k for k in (1, 2, 3, 4, 6, 8)
    )
    floor = _pink(samples, rng)
    return np.asarray(tones + floor / (np.std(floor) + 1e-9))


def _music(samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Chords, a tune and a beat: harmonic sound that is not speech."""
    beat = int(RATE * rng.uniform(0.3, 0.6))
    out = np.zeros(samples + 4 * beat)
    root = 55 * 2 ** (rng.integers(0, 12) / 12)
    for number, start in enumerate(range(0, samples, beat)):
        if number % 4 == 0:
            degree = rng.choice((0, 5, 7, 9))
            for step in (0, 4, 7):
                _pluck(out, start, 4 * beat, root * 2 ** (1 + (degree + step) / 12), 0.5, rng)
        _pluck(
            out, start, beat, root * 2 ** (3 + rng.choice((0, 2, 4, 5, 7, 9, 11)) / 12), 0.7, rng
        )
        hit = rng.normal(0, 1, beat // 4) * np.exp(-np.arange(beat // 4) / (0.02 * RATE))
        out[start : start + len(hit)] += hit * (0.8 if number % 2 else 0.4)
    return out[:samples]


def _pluck(
    out: NDArray[np.float64],
    start: int,
    length: int,
    hertz: float,
    loudness: float,
    rng: np.random.Generator,
) -> None:
    at = np.arange(length) / RATE
    tone = np.zeros(length)
    for k in range(1, 7):
        if hertz * k < RATE / 2:
            tone += np.sin(2 * np.pi * hertz * k * at + rng.uniform(0, 6.3)) / k
    out[start : start + length] += (
        loudness * tone * np.exp(-3 * at / at[-1]) * np.minimum(1, at / 0.01)
    )
