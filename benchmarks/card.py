"""Microphone and loudspeaker of a speaker under test, whose other ends are in our hands."""

import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np

from benchmarks.sink_recording import RATE, SinkRecording
from device.audio.files import write_sound
from device.audio.format import Samples

CUSHION_MS: Final = 120
"""What is usually held ahead of a microphone."""

Sink = Literal["mic", "spk"]
"""What the microphone hears, and what the loudspeaker plays."""


class Card(Protocol):
    """Sound goes in and out at `RATE`, 16 bit, mono, in real time."""

    folder: Path
    """For files of the run."""
    environment: dict[str, str]
    """What the speaker needs in its environment to find the card."""
    microphone: str
    """Its [audio] input; empty: it is configured elsewhere."""
    loudspeaker: str
    """Its [audio] output; empty: it is configured elsewhere, and holds it."""
    tapped: bool
    """Whether what the microphone hears can be recorded."""
    simulated: bool
    """Whether a room can be simulated: nothing but wires joins the two."""

    cushion_ms: int
    """Sound held ahead of the microphone against holes; a busy machine needs more of it."""

    def listening(self) -> "subprocess.Popen[bytes]":
        """A program that writes what the loudspeaker plays to its output."""
        ...

    def talking(self, cushion_ms: int, log: Path) -> "subprocess.Popen[bytes]":
        """A program whose input the microphone hears; "underrun" in its log is a hole."""
        ...

    def recording(self, sink: Sink = "spk") -> AbstractContextManager[SinkRecording]:
        """Record what the loudspeaker plays, or what the microphone hears."""
        ...

    def play(
        self, sink: Sink, sound: Path | Samples, rate: int = RATE
    ) -> "subprocess.Popen[bytes]":
        """Start to play a WAV, or samples at `rate`, into either."""
        ...


def sound_file(folder: Path, sound: Path | Samples, rate: int) -> Path:
    """A file that players take: the sound's own, or one in `folder` for samples at `rate`."""
    if not isinstance(sound, np.ndarray):
        return sound
    path = folder / f"said-{time.monotonic_ns()}.wav"
    write_sound(path, sound, rate)
    return path
