"""What a stream of PCM looks like."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
"""Mono 16-bit PCM at `RATE`, the only form of sound inside the speaker. Shape (n,)."""

Signal = npt.NDArray[np.float32]
"""The same sound as float, full scale ±1.0. Shape (n,)."""

RATE: Final = 16_000
"""Samples a second inside the speaker."""


SAMPLES_PER_MS: Final = RATE // 1_000
"""Samples a millisecond inside the speaker."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Rate, width and channels of interleaved little-endian PCM."""

    rate: int = RATE
    """Sample frames a second, above 0."""
    width: int = 2
    """Bytes a sample, 1 to 4."""
    channels: int = 1
    """Interleaved channels, above 0."""

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.channels <= 0 or self.width not in (1, 2, 3, 4):
            raise ValueError(f"not an audio format: {self}")

    @property
    def bytes_per_frame(self) -> int:
        """Bytes of one sample on all channels."""
        return self.width * self.channels


INTERNAL: Final = AudioFormat()
"""16 kHz, 16 bit, mono."""
