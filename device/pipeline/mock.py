"""Engines that need no models: what tests, examples and dry runs use instead of real ones.

They tell sounds apart by rules a person can check: a wake word is one sample of a certain value,
speech is what is loud, and a voice is a tone.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.errors import EngineError
from device.types import Detection, Transcript, Voice

MARK = 12_345
"""A sample of this value is the end of the wake word."""
LOUD_RMS = 500.0
"""Sound above this is speech."""


class MockWake:
    """Hears a wake word wherever a sample has the value MARK."""

    words = ("mock",)

    def __init__(self) -> None:
        self.thresholds = {"mock": 0.5}

    def open(self) -> "MockWakeStream":
        """A fresh stream."""
        return MockWakeStream()

    def set_threshold(self, word: str, value: float) -> None:
        """Keep it to be looked at."""
        self.thresholds[word] = value


class MockWakeStream:
    """Counts samples and looks for the mark."""

    def __init__(self) -> None:
        self._position = 0

    def feed(self, samples: Samples) -> Detection | None:
        """Tell of the first mark in these samples."""
        start, self._position = self._position, self._position + len(samples)
        marks = np.flatnonzero(samples == MARK)
        if not len(marks):
            return None
        return Detection("mock", 1.0, self._position, start + int(marks[0]) + 1)

    def close(self) -> None:
        """Nothing to give back."""


class MockVad:
    """Calls everything loud speech."""

    chunk_samples = 480

    def open(self) -> "MockVad":
        """The stream has no state, so it is the engine itself."""
        return self

    def probability(self, samples: Samples) -> float:
        """1 when the block is louder than LOUD_RMS, else 0."""
        loudness = np.sqrt(np.mean(samples.astype(np.float64) ** 2))
        return float(loudness > LOUD_RMS)


@dataclass
class MockStt:
    """Understands what it was told it would hear."""

    texts: Iterable[str] = ()
    """What is understood, one after the other; nothing when they are used up."""
    error: EngineError | None = None
    """Raised instead."""
    heard: list[Samples] = field(default_factory=list)
    """The audio of every utterance."""
    phrases: list[tuple[str, ...]] = field(default_factory=list)
    """What was expected each time."""
    name: str = "mock"

    def __post_init__(self) -> None:
        self._texts = iter(self.texts)

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """Keep the audio and give the next text."""
        self.heard.append(samples)
        self.phrases.append(phrases)
        if self.error is not None:
            raise self.error
        return Transcript(next(self._texts, ""), language or "en", engine=self.name)


@dataclass
class MockTts:
    """Speaks in one tone, 50 ms a character."""

    error: EngineError | None = None
    """Raised instead."""
    said: list[str] = field(default_factory=list)
    """Every sentence."""
    voice: Voice = field(default_factory=lambda: Voice("mock", "mock", "en", RATE))
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Language and name of every voice that was wanted."""

    async def find(self, language: str = "", name: str = "") -> "MockTts":
        """It is its only voice."""
        self.asked.append((language, name))
        return self

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """A 300 Hz tone as long as the text."""
        self.said.append(text)
        if self.error is not None:
            raise self.error
        time = np.arange(len(text) * RATE // 20) / RATE
        tone = (8_000 * np.sin(2 * np.pi * 300 * time)).astype(np.int16)
        yield AudioChunk.from_samples(tone)
