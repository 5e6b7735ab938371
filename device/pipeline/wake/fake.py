"""Stand-ins that do what they are told, for tests and for trying things without models."""

from collections.abc import Mapping, Sequence
from typing import Final

from device.audio.format import Samples

LOUD: Final = 20_000
"""A sample from which on the stand-ins hear their word."""


class LoudScorer:
    """Hears a word in every block that has a loud sample; remembers what it was given."""

    def __init__(
        self,
        word: str,
        block_samples: int = 1_280,
        trigger_delay_samples: int = 0,
        score: float = 1.0,
    ) -> None:
        """`score` is what a loud block scores."""
        self._score = score
        self.block_samples = block_samples
        self.trigger_delay_samples = trigger_delay_samples
        self._word = word
        self.blocks: list[Samples] = []
        """All blocks so far."""
        self.is_closed = False

    def score(self, block: Samples) -> dict[str, float]:
        """The score for a loud block, else 0."""
        self.blocks.append(block.copy())
        return {self._word: self._score if int(block.max(initial=0)) >= LOUD else 0.0}

    def close(self) -> None:
        """Remember it."""
        self.is_closed = True


class LoudStage:
    """Finds every block with a sample of at least `level` promising."""

    def __init__(
        self, level: int = LOUD, word_end: int | None = None, sure_of: str | None = None
    ) -> None:
        self._level = level
        self._sure_of = sure_of
        self.word_end = word_end
        self.is_closed = False

    def is_candidate(self, block: Samples) -> bool:
        """Whether the block is loud enough."""
        return int(block.max(initial=0)) >= self._level

    def is_sure(self, word: str) -> bool:
        """Whether it was told to be sure of this word."""
        return word == self._sure_of

    def close(self) -> None:
        """Remember it."""
        self.is_closed = True


class FakePorcupineError(Exception):
    """Root of the fake's errors, as PorcupineError is."""


class PorcupineActivationRefusedError(FakePorcupineError):
    """What pvporcupine raises for a key it does not accept."""


class PorcupineIOError(FakePorcupineError):
    """What pvporcupine raises for a keyword file it cannot use."""


class FakePorcupineHandle:
    """Hears keyword 0 in every loud block."""

    frame_length = 512

    def __init__(self, sensitivities: Sequence[float]) -> None:
        self.sensitivities = list(sensitivities)
        """As given at the start."""
        self.is_deleted = False

    def process(self, pcm: Sequence[int]) -> int:
        """0 for a loud block of the right length, else -1. Raises ValueError for another length."""
        if len(pcm) != self.frame_length:
            raise ValueError(f"expected {self.frame_length} samples, got {len(pcm)}")
        return 0 if max(pcm) >= LOUD else -1

    def delete(self) -> None:
        """Remember it."""
        self.is_deleted = True


class FakePorcupine:
    """Stands in for the pvporcupine module: one good key, two keywords."""

    PorcupineError: type[Exception] = FakePorcupineError
    KEYWORD_PATHS: Mapping[str, str] = {"jarvis": "jarvis.ppn", "hey google": "hey google.ppn"}

    def __init__(self, good_key: str = "good") -> None:
        self._good_key = good_key
        self.handles: list[FakePorcupineHandle] = []
        """Every detector started so far."""

    def create(
        self, *, access_key: str, keyword_paths: Sequence[str], sensitivities: Sequence[float]
    ) -> FakePorcupineHandle:
        """Start a detector. Raises what pvporcupine raises for bad keys and bad files."""
        if access_key != self._good_key:
            raise PorcupineActivationRefusedError(f"Failed to parse AccessKey `{access_key}`")
        if any("broken" in path for path in keyword_paths):
            raise PorcupineIOError("Initialization failed")
        self.handles.append(FakePorcupineHandle(sensitivities))
        return self.handles[-1]
