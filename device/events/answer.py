"""What comes of a sentence."""

from dataclasses import dataclass, field
from typing import Any

from device.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialTranscript(Event):
    """What was understood so far."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalTranscript(Event):
    """What was understood."""

    text: str
    language: str
    engine: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRecognized(Event):
    """What the person wants."""

    name: str
    """Intent name, e.g. HassTurnOn."""
    slots: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequested(Event):
    """A command went to something in the home."""

    entity: str
    service: str
    topic: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionConfirmed(Event):
    """The thing reports that it did what it was told."""

    entity: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyText(Event):
    """What the speaker answers."""

    text: str
    is_final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAudible(Event):
    """The first sound of the reply has been handed to the loudspeaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToSay(Event):
    """The turn ended without a spoken reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStarted(Event):
    """Something is being played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFinished(Event):
    """Everything was played, or it was cut."""

    heard_seconds: float
    follow_up: bool = False
    """Listen on without a wake word."""
    patience_seconds: float = 0.0
    """Listen on for so long; 0: as long as after a wake word."""
