"""Impulse responses of rooms from a loudspeaker to a microphone, all from a seed.

A box room by the image method (Allen and Berkley 1979) with its images moved a little at random
(De Sena and others 2015), so that no sweeping echo is heard; and a response as measurements look:
the direct sound, a few early reflections, then noise that decays exponentially.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.acoustics import SOUND_SPEED

RESPONSE_RATE: Final = 48_000
"""Samples a second of every response made here."""

Response = NDArray[np.float64]
"""An impulse response at `RESPONSE_RATE`, shape (n,)."""
Point = NDArray[np.float64]
"""Metres from a corner of the room, shape (3,)."""

_DISPLACEMENT: Final = 0.08
_NEAREST: Final = 0.03


def reflection(size: Point, reverberation_seconds: float) -> float:
    """Pressure reflection of the walls that gives the reverberation time (Eyring 1930)."""
    surface = 2 * float(size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
    decay = 0.161 * float(np.prod(size)) / (surface * reverberation_seconds)
    return float(np.exp(-decay / 2))


def box_response(
    rng: np.random.Generator,
    size: Point,
    source: Point,
    microphone: Point,
    reverberation_seconds: float,
    direct_db: float = 0.0,
) -> Response:
    """All images that arrive within the reverberation time; `direct_db` changes the first one.

    A driver that faces away from the microphone has a `direct_db` below 0.
    """
    reach = SOUND_SPEED * reverberation_seconds
    wall = reflection(size, reverberation_seconds)
    x, y, z = (_images(size[axis], source[axis], microphone[axis], reach) for axis in range(3))
    across = (y[0][:, None] ** 2 + z[0][None, :] ** 2).ravel()
    across_bounces = (y[1][:, None] + z[1][None, :]).ravel()
    response = np.zeros(int((reach + 1) / SOUND_SPEED * RESPONSE_RATE))
    for along, bounces in zip(*x, strict=True):
        distance = np.sqrt(along**2 + across)
        near = distance < reach
        distance, count = distance[near], bounces + across_bounces[near]
        moved = distance + (count > 0) * rng.uniform(-_DISPLACEMENT, _DISPLACEMENT, len(distance))
        moved = np.maximum(moved, _NEAREST)
        gains = wall**count / moved * np.where(count > 0, 1.0, 10 ** (direct_db / 20))
        at = (moved / SOUND_SPEED * RESPONSE_RATE).astype(int)
        response += np.bincount(at, gains, len(response))[: len(response)]
    return _falling(response, reverberation_seconds)


def reverberation(response: Response) -> float:
    """Seconds in which what follows the direct sound falls by 60 dB (Schroeder 1965)."""
    start = int(np.argmax(np.abs(response))) + RESPONSE_RATE // 200
    left = 10 * np.log10(np.cumsum(response[start:][::-1] ** 2)[::-1] + 1e-20)
    left -= left[0]
    return 3 * float(np.argmax(left < -25) - np.argmax(left < -5)) / RESPONSE_RATE


def decaying_response(
    rng: np.random.Generator, reverberation_seconds: float, direct_to_tail_db: float
) -> Response:
    """Direct sound, up to eight reflections in 30 ms, and noise that falls 60 dB in that time."""
    at = np.arange(int(reverberation_seconds * RESPONSE_RATE)) / RESPONSE_RATE
    tail = rng.normal(0, 1, len(at)) * 10 ** (-3 * at / reverberation_seconds)
    tail *= np.minimum(1, at / 0.004)
    tail /= np.sqrt(np.sum(tail**2))
    direct = 10 ** (direct_to_tail_db / 20)
    first = int(rng.uniform(0.0002, 0.001) * RESPONSE_RATE)
    tail[first] += direct
    for early in rng.uniform(0.001, 0.03, rng.integers(3, 9)):
        tail[first + int(early * RESPONSE_RATE)] += direct * rng.uniform(-0.4, 0.4)
    return np.asarray(tail)


def coloured(rng: np.random.Generator, response: Response, lowest_hz: float) -> Response:
    """The response through a small driver and a cheap microphone, minimum phase.

    Falls off below `lowest_hz` by 12 dB an octave and is up to about 6 dB uneven above.
    """
    size = 1 << (2 * len(response) - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / RESPONSE_RATE)
    places = np.geomspace(50, RESPONSE_RATE / 2, 12)
    uneven = np.interp(np.log(np.maximum(hertz, 1)), np.log(places), rng.normal(0, 3, len(places)))
    low = -10 * np.log10(1 + (lowest_hz / np.maximum(hertz, 5)) ** 4)
    spectrum = _minimum_phase((uneven + low) / 20 * np.log(10), size)
    wet = np.fft.irfft(np.fft.rfft(response, size) * spectrum, size)[: len(response)]
    return np.asarray(wet)


def _falling(response: Response, reverberation_seconds: float) -> Response:
    """The response with that reverberation: sound along the walls of a bare box dies too late."""
    excess = 1 / reverberation_seconds - 1 / reverberation(response)
    at = np.arange(len(response)) / RESPONSE_RATE
    return np.asarray(response * 10 ** (-3 * excess * at))


def _images(
    length: float, source: float, microphone: float, reach: float
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Distances from the microphone along one axis, and how many walls each image stands behind."""
    most = int(reach / length) + 1
    order = np.arange(-most, most + 1)
    place = np.where(order % 2 == 0, order * length + source, (order + 1) * length - source)
    return place - microphone, np.abs(order)


def _minimum_phase(log_magnitude: NDArray[np.float64], size: int) -> NDArray[np.complex128]:
    """The causal spectrum of that magnitude, by folding its cepstrum."""
    cepstrum = np.fft.irfft(log_magnitude, size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    return np.asarray(np.exp(np.fft.rfft(cepstrum, size)))
