"""Simulated rooms between a loudspeaker and a microphone: what of our own voice comes back.

The way of the sound: distortion of the driver, the room's impulse response, the bulk delay of
buffers and converters, and two clocks that drift apart. Everything comes from a seed. Nothing here
knows how echoes are cancelled.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.image_source import (
    RESPONSE_RATE,
    Response,
    box_response,
    coloured,
    decaying_response,
)
from benchmarks.varispeed import Varispeed
from device.audio.format import RATE, Samples, Signal
from device.audio.level import amplitude, to_samples, to_signal

_MEMORY_SECONDS: Final = 0.002
_VOICE_HZ: Final = (200, 4_000)


@dataclass(frozen=True, slots=True)
class Room:
    """A speaker in a room, and how its hardware behaves."""

    seed: int
    """Draws walls, places and colours."""
    kind: Literal["box", "decay"] = "box"
    """Image method, or as measured ones look."""
    reverberation_seconds: float = 0.3
    """Time in which sound falls by 60 dB."""
    delay_seconds: float = 0.05
    """From where the device says that a sample is heard to where capture counts it."""
    drift_ppm: float = 0.0
    """How much faster the playback clock runs than the capture clock."""
    coupling_db: float = -10.0
    """Level of the echo over that of the sound played, 200 to 4000 Hz; above 0 it clips soon."""
    drive: float = 0.0
    """Soft clipping of the loudspeaker: it saturates at full scale / drive. 0: linear."""
    noise_dbfs: float = -70.0
    """Noise floor of microphone and converter, RMS."""


def random_room(seed: int, distorted: bool = False) -> Room:
    """A smart speaker somewhere: 0.2-0.6 s of reverberation, 20-250 ms of delay, 100 ppm at most.

    At full volume the echo is up to 12 dB below what is played. Both kinds of responses come in
    turn.
    """
    rng = np.random.default_rng((11, seed))
    room = Room(
        seed,
        "box" if seed % 2 == 0 else "decay",
        reverberation_seconds=float(rng.uniform(0.2, 0.6)),
        delay_seconds=float(rng.uniform(0.02, 0.25)),
        drift_ppm=float(rng.uniform(-100, 100)),
        coupling_db=float(rng.uniform(-12, 0)),
        noise_dbfs=float(rng.uniform(-80, -68)),
    )
    drive = float(np.exp(rng.uniform(np.log(0.7), np.log(2.0))))
    return replace(room, drive=drive) if distorted else room


@lru_cache(maxsize=8)
def echo_response(room: Room, rate: int = RATE) -> Signal:
    """From our loudspeaker to our microphone, without bulk delay; gain 0 dB on average."""
    rng = np.random.default_rng((12, room.seed))
    if room.kind == "box":
        response = _box(rng, room, apart=float(rng.uniform(0.05, 0.25)))
    else:
        response = decaying_response(rng, room.reverberation_seconds, float(rng.uniform(3, 15)))
    return _at_rate(coloured(rng, response, float(rng.uniform(80, 200))), rate)


@lru_cache(maxsize=8)
def voice_response(room: Room, rate: int = RATE) -> Signal:
    """From a person 0.5 to 2.5 metres away to our microphone; gain 0 dB on average."""
    rng = np.random.default_rng((13, room.seed))
    return _at_rate(_box(rng, room, apart=float(rng.uniform(0.5, 2.5))), rate)


class EchoStream:
    """The echo of a stream, block by block, at the rate at which it is played.

    Feeding n samples gives n samples of echo; drift makes it one more or less now and then.
    """

    def __init__(self, room: Room, rate: int = RATE) -> None:
        self._driver = _Driver(room.drive, rate)
        self._convolver = Convolver(amplitude(room.coupling_db) * echo_response(room, rate))
        self._clock = Varispeed(1 + room.drift_ppm * 1e-6)
        self._delayed = np.zeros(
            max(0, round(room.delay_seconds * rate) - self._clock.delay_samples), np.float32
        )

    def feed(self, far: Samples) -> Signal:
        """The echo of the next samples, full scale ±1.0, neither noisy nor clipped yet."""
        wet = self._convolver.feed(self._driver.feed(to_signal(far)))
        late = np.concatenate((self._delayed, wet))
        self._delayed = late[len(wet) :]
        return self._clock.feed(late[: len(wet)])


def echo(room: Room, far: Samples, rate: int = RATE) -> Signal:
    """The echo of `far` from its first sample on, as long as `far`, full scale ±1.0."""
    padded = np.concatenate((far, np.zeros(len(far) // 500 + 2_000, far.dtype)))
    return EchoStream(room, rate).feed(padded)[: len(far)]


def voice(room: Room, clean: Samples, rate: int = RATE) -> Signal:
    """Someone's clean voice as it arrives at the microphone, as long as `clean`, not scaled."""
    return Convolver(voice_response(room, rate)).feed(to_signal(clean))


def captured(room: Room, heard: Signal, take: int = 0) -> Samples:
    """What the converter makes of the sound at the microphone: its noise, then clipping."""
    rng = np.random.default_rng((14, room.seed, take))
    noise = rng.standard_normal(len(heard), dtype=np.float32) * amplitude(room.noise_dbfs)
    return to_samples((heard + noise).astype(np.float32))


class Convolver:
    """Filters a stream with a response, without delay (overlap-add)."""

    def __init__(self, response: Signal) -> None:
        self._response = response
        self._carry = np.zeros(len(response) - 1, np.float32)
        self._spectra: dict[int, NDArray[np.complex128]] = {}

    def feed(self, block: Signal) -> Signal:
        """The next samples, as many as are given."""
        length = len(block) + len(self._response) - 1
        size = 1 << (length - 1).bit_length()
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._response, size)
        wet = np.fft.irfft(np.fft.rfft(block, size) * self._spectra[size], size)[:length]
        wet[: len(self._carry)] += self._carry
        self._carry = wet[len(block) :].astype(np.float32)
        return wet[: len(block)].astype(np.float32)


class _Driver:
    """A loudspeaker that saturates, and is stiffer where its cone has just been."""

    def __init__(self, drive: float, rate: int) -> None:
        self._drive = drive
        taps = np.exp(-np.arange(round(3 * _MEMORY_SECONDS * rate)) / (_MEMORY_SECONDS * rate))
        self._excursion = Convolver((taps / taps.sum()).astype(np.float32))

    def feed(self, signal: Signal) -> Signal:
        if self._drive == 0:
            return signal
        cone = self._excursion.feed(signal)
        bent = signal * (1 - 0.3 * self._drive * cone)
        return np.asarray(np.tanh(self._drive * bent) / self._drive, np.float32)


def _box(rng: np.random.Generator, room: Room, apart: float) -> Response:
    """A response of a random room of the wanted reverberation, over a distance in metres."""
    size = rng.uniform((3.0, 2.5, 2.3), (7.0, 6.0, 3.0))
    microphone = rng.uniform((0.4, 0.4, 0.7), size - (0.4, 0.4, 0.9))
    towards = rng.normal(size=3)
    source = microphone + apart * towards / np.linalg.norm(towards)
    source = np.clip(source, 0.2, size - 0.2)
    shielded = float(rng.uniform(-10, 0)) if apart < 0.4 else 0.0
    return box_response(rng, size, source, microphone, room.reverberation_seconds, shielded)


def _at_rate(response: Response, rate: int) -> Signal:
    resampled = soxr.resample(response, RESPONSE_RATE, rate, quality="VHQ")
    size = 1 << (len(resampled) - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / rate)
    gains = np.abs(np.fft.rfft(resampled, size))[(hertz > _VOICE_HZ[0]) & (hertz < _VOICE_HZ[1])]
    return np.asarray(resampled / np.sqrt(np.mean(gains**2)), np.float32)
