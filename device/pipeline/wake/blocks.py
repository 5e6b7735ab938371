"""Cuts audio of any length into blocks of one size."""

from collections.abc import Iterator

import numpy as np

from device.audio.format import Samples


class Blocks:
    """Keeps what is left of a block until the rest comes."""

    def __init__(self, block_samples: int) -> None:
        self.block_samples = block_samples
        """Samples of a block."""
        self.position = 0
        """The sample that the next block begins with."""
        self._rest: Samples = np.zeros(0, dtype=np.int16)

    def cut(self, samples: Samples) -> Iterator[Samples]:
        """Take the next samples of shape (n,), any n, and give the blocks they complete."""
        audio = np.concatenate((self._rest, samples.astype(np.int16, copy=False)))
        whole = len(audio) - len(audio) % self.block_samples
        self._rest = audio[whole:].copy()
        for start in range(0, whole, self.block_samples):
            self.position += self.block_samples
            yield audio[start : start + self.block_samples]
