"""A model that hears and speaks at the same time, wherever it runs.

It is given what the microphone hears frame by frame, without pause and without being told where a
sentence ends, and gives sound and words all the while.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.audio.resample import Resampler

MODEL_RATE: Final = 24_000
"""Hz, of what a model hears."""
FRAME_SAMPLES: Final = 1_920
FRAME_SECONDS: Final = FRAME_SAMPLES / MODEL_RATE
"""Moshi and its relatives take one step for 80 ms of sound."""


@dataclass(frozen=True, slots=True)
class ModelText:
    """A piece of what the model says; a new word begins with a space."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelAudio:
    """How it sounds, silence included."""

    chunk: AudioChunk


Output = ModelText | ModelAudio


class Link(Protocol):
    """One conversation with a model."""

    async def send(self, frame: Samples) -> None:
        """Let it hear a frame, int16 at `MODEL_RATE`, shape (`FRAME_SAMPLES`,).

        Raises EngineError when it is not there any more.
        """
        ...

    def outputs(self) -> AsyncIterator[Output]:
        """What it says, as long as the link is open. Raises EngineError when it is lost."""
        ...


class DuplexModel(Protocol):
    """Where conversations are opened."""

    async def warm_up(self) -> None:
        """Load what is to be loaded, so that a conversation can begin at once. Raises EngineError.

        Until then there is none.
        """
        ...

    def open(self) -> AbstractAsyncContextManager[Link]:
        """Begin one. Raises EngineError, EngineBusy when it talks to somebody else."""
        ...


class Framer:
    """Cuts what the speaker hears into what a model hears."""

    def __init__(self) -> None:
        self._resampler = Resampler(RATE, MODEL_RATE)
        self._rest = np.zeros(0, dtype=np.int16)

    def feed(self, samples: Samples) -> list[Samples]:
        """Take samples at `RATE` and give the frames that are complete."""
        samples = np.concatenate((self._rest, self._resampler.feed(samples)))
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = samples[whole:]
        return list(samples[:whole].reshape(-1, FRAME_SAMPLES))
