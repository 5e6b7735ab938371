"""What endpointing is told to wait for, and what it tells."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a turn ended."""

    SILENCE = "silence"
    MAX_LENGTH = "max_length"
    CLOSED = "closed"
    """The audio itself ended."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech is confirmed, at first or after a pause."""

    start_sample: int
    """First sample of the speech."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """A pause has begun; the turn may go on."""

    stop_sample: int
    """First sample after the speech."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The sentence is complete. Nothing follows."""

    start_sample: int
    """First sample to be understood: the speech with its padding."""
    stop_sample: int
    """First sample after what is to be understood."""
    speech_start_sample: int
    """First sample of the speech itself."""
    speech_stop_sample: int
    """First sample after the speech itself."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class NoSpeech:
    """Nobody spoke in time. Nothing follows."""

    at_sample: int


Endpoint = SpeechStarted | SpeechEnded | TurnEnded | NoSpeech


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """The durations and thresholds of the machine."""

    threshold: float = 0.5
    """Probability from which a chunk is speech; in a sentence 0.15 less will do."""
    start_share: float = 0.8
    """Share of the window that must be speech, above 0.5 and up to 1."""
    window_ms: int = 300
    """The window in which a start is looked for."""
    min_speech_ms: int = 250
    """Speech that confirms a start."""
    pause_ms: int = 64
    """Silence that is told as a pause; no turn ends sooner. A detector that looks at blocks finds
    the end of speech some 90 ms late, so the pause itself is then 150 ms old."""
    resume_ms: int = 100
    """Speech within a window that ends a pause; less is a click."""
    padding_ms: int = 300
    """Kept before and after the speech."""
    no_speech_ms: int = 5_000
    """Give up after so long without speech."""
    max_ms: int = 15_000
    """Longest turn, padding included."""

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold <= 1.0 or not 0.5 < self.start_share <= 1.0:
            raise ValueError("threshold is in (0, 1] and start_share in (0.5, 1]")
        if min(self.window_ms, self.pause_ms, self.resume_ms) <= 0:
            raise ValueError("window, pause and resume take some time")
        if self.resume_ms > self.window_ms or self.max_ms <= self.window_ms + self.padding_ms:
            raise ValueError(
                "resume fits into the window, window and padding into the longest turn"
            )
