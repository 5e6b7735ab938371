"""A block of PCM and where it stands in its stream."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from device.audio.format import INTERNAL, AudioFormat, Samples


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A block of interleaved PCM."""

    audio: bytes
    """Raw little-endian PCM in `format`."""
    format: AudioFormat = INTERNAL
    """How to read `audio`."""
    start_sample: int = 0
    """Number of the first sample since the stream began."""
    captured_at: float = 0.0
    """Loop time at which the last sample was captured, as well as it is known."""

    @classmethod
    def from_samples(
        cls, samples: Samples, rate: int = INTERNAL.rate, start_sample: int = 0
    ) -> Self:
        """Wrap mono 16-bit samples of shape (n,)."""
        audio = np.ascontiguousarray(samples, dtype="<i2").tobytes()
        return cls(audio, AudioFormat(rate, 2, 1), start_sample)

    @property
    def samples(self) -> int:
        """Samples per channel."""
        return len(self.audio) // self.format.bytes_per_frame

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.samples / self.format.rate

    @property
    def stop_sample(self) -> int:
        """Number of the sample after the last one."""
        return self.start_sample + self.samples

    def pcm(self) -> Samples:
        """The samples as int16, shape (n,) for mono, else (n, channels).

        Raises ValueError unless they have 16 bit.
        """
        if self.format.width != 2:
            raise ValueError("only 16-bit chunks have int16 samples")
        samples = np.frombuffer(self.audio, dtype="<i2")
        return samples if self.format.channels == 1 else samples.reshape(-1, self.format.channels)
