"""What every engine of the pipeline looks like from outside.

An *engine* holds weights, is loaded once and shared. A *stream* holds state, belongs to one
session, and is fed the audio of that session in order.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.errors import EngineError
from device.types import Detection, Transcript, Voice


class WakeStream(Protocol):
    """Listens for wake words in one session's audio."""

    def feed(self, samples: Samples) -> Detection | None:
        """Take the next samples, shape (n,) with any n, and tell of a word heard in them."""
        ...

    def close(self) -> None:
        """Give memory back; idempotent."""
        ...


class WakeEngine(Protocol):
    """Knows wake words."""

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the words it knows."""
        ...

    def open(self) -> WakeStream:
        """A fresh stream."""
        ...

    def set_threshold(self, word: str, value: float) -> None:
        """From which score on a word counts, 0 to 1. Raises UsageError."""
        ...


class VadStream(Protocol):
    """Tells speech from the rest in one session's audio."""

    def probability(self, samples: Samples) -> float:
        """Probability of speech, 0 to 1, in one block of exactly `chunk_samples`."""
        ...


class VadEngine(Protocol):
    """A voice activity detector."""

    @property
    def chunk_samples(self) -> int:
        """Samples a block must have."""
        ...

    def open(self) -> VadStream:
        """A fresh stream."""
        ...


Unusable = Callable[[str, EngineError], None]
"""Told which part of the speaker has an engine that cannot be opened, and why."""


class SpeechToText(Protocol):
    """Understands one utterance."""

    @property
    def name(self) -> str:
        """Engine name, as in the configuration."""
        ...

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """Understand an utterance of shape (n,). Language None: detect or the engine's only one.

        `phrases`: all that is expected here, such as the answers to a question; an engine with a
        closed vocabulary listens for nothing else. Empty text when nothing was understood.
        Raises EngineError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Partial:
    """What was understood so far of a sentence that still goes on."""

    text: str
    stable: str = ""
    """The beginning of it that will not change any more."""


class SpeechStream(Protocol):
    """One sentence, understood while it is said; its engine is asked anew for the next."""

    async def follow(self, samples: Samples) -> str:
        """Take the sentence so far, shape (n,), and tell what it seems to begin with.

        From the same first sample every time. Raises EngineError.
        """
        ...

    async def finish(self, samples: Samples) -> Transcript:
        """What `transcribe` makes of the whole sentence; it may go on afterwards.

        Raises EngineError.
        """
        ...


@runtime_checkable
class Streams(Protocol):
    """An engine that can understand a sentence while it is said."""

    def open(self, words: bool = True, language: str | None = None) -> SpeechStream:
        """Understand one sentence; without `words` those so far need not be told.

        Language None: the engine's only or usual one.
        """
        ...


@runtime_checkable
class Sends(Protocol):
    """An engine that lets another computer understand."""

    @property
    def host(self) -> str:
        """Name or address of who hears what is said."""
        ...


@runtime_checkable
class Discreet(Protocol):
    """Speech to text of which a part may send what it hears."""

    @property
    def at_home(self) -> SpeechToText:
        """The part that sends nothing; it understands nothing when there is none."""
        ...

    @property
    def in_doubt(self) -> SpeechToText:
        """The part that may hear what is perhaps not meant for the speaker.

        Of a language that nobody at home knows it sends what was said.
        """
        ...


class TextToSpeech(Protocol):
    """Speaks one sentence."""

    @property
    def voice(self) -> Voice:
        """The voice in use."""
        ...

    def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """Audio of one sentence as it becomes ready, mono 16 bit at the voice's rate.

        Raises EngineError.
        """
        ...


class KeptVoice(TextToSpeech, Protocol):
    """A voice that remembers what it spoke."""

    @property
    def hits(self) -> int:
        """Phrases spoken from memory."""
        ...

    async def render(self, phrases: Iterable[str]) -> None:
        """Make phrases that will be needed, before they are. Raises EngineError."""
        ...

    async def warm_up(self) -> None:
        """Make ready what the next sentence needs. Raises EngineError."""
        ...

    def close(self) -> None:
        """Give memory and threads back; idempotent."""
        ...


class Voices(Protocol):
    """Every voice that can speak."""

    async def find(self, language: str = "", name: str = "") -> TextToSpeech:
        """The voice for a language, or of a name; empty: the usual one."""
        ...
