"""Sound of a client and sound for it, as was agreed. Pure: packets in, packets out."""

from typing import Final, Protocol

import numpy as np

from device.audio.format import Samples
from device.audio.opus import OPUS_RATE, OpusDecoder, OpusEncoder
from device.audio.resample import Resampler
from device.errors import CommandInvalid

_SAMPLE_BYTES: Final = 2


class Codec(Protocol):
    """Both ways, mono, one rate."""

    def decode(self, payload: bytes) -> Samples:
        """What a client sent, shape (n,). Raises CommandInvalid."""
        ...

    def encode(self, samples: Samples) -> list[bytes]:
        """Take samples of shape (n,) and give the packets that are complete."""
        ...

    def flush(self) -> list[bytes]:
        """The packet that is not complete; the stream may go on."""
        ...

    def clear(self) -> None:
        """Forget what is not complete."""
        ...


class Pcm:
    """16-bit little-endian samples as they are."""

    def decode(self, payload: bytes) -> Samples:
        """Whole samples. Raises CommandInvalid."""
        if len(payload) % _SAMPLE_BYTES:
            raise CommandInvalid("sound has 16 bits a sample: an odd number of bytes is none")
        return np.frombuffer(payload, dtype="<i2")

    def encode(self, samples: Samples) -> list[bytes]:
        """All of it at once."""
        return [samples.astype("<i2").tobytes()]

    def flush(self) -> list[bytes]:
        """Nothing is kept back."""
        return []

    def clear(self) -> None:
        """Nothing is kept back."""


class Opus:
    """A packet a message, without a container."""

    def __init__(self, rate: int) -> None:
        """`rate` of the samples, as OpusEncoder has it. Raises EngineMissing."""
        self._encoder = OpusEncoder(rate)
        self._decoder = OpusDecoder()
        self._resampler = Resampler(OPUS_RATE, rate)

    def decode(self, payload: bytes) -> Samples:
        """The sound of one packet. Raises CommandInvalid."""
        try:
            return self._resampler.feed(self._decoder.feed(payload))
        except ValueError as error:
            raise CommandInvalid("that is no packet of Opus") from error

    def encode(self, samples: Samples) -> list[bytes]:
        """Packets of 20 ms."""
        return self._encoder.feed(samples)

    def flush(self) -> list[bytes]:
        """The last one, with silence after it."""
        return self._encoder.flush()

    def clear(self) -> None:
        """Forget what is not complete."""
        self._encoder.clear()
