"""What comes of a sentence."""

from dataclasses import dataclass, field
from typing import Any

from device.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialTranscript(Event):
    """What was understood so far, while the person still speaks."""

    text: str
    stable: str = ""
    """The beginning of it that will not change any more."""


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
    """What the speaker answers, or a piece of it while it is still being made."""

    text: str
    is_final: bool = True
    """False: a piece; they join to the whole as they are, but for spaces around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBegun(Event):
    """The first sound of the answer itself has been made; a filler may have been heard before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceBegan(Event):
    """The first sound of a piece of the reply's text has been made."""

    text: str
    """What is said; personal."""
    offset_seconds: float
    """Where in the reply's sound it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyMade(Event):
    """The last sound of the reply has been made; much of it may still have to be heard."""


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
    heard_text: str = ""
    """What of the reply's words was heard; personal."""
    completed: bool = True
    """False: it was cut."""
    follow_up: bool = False
    """Listen on without a wake word."""
    patience_seconds: float = 0.0
    """Listen on for so long; 0: as long as after a wake word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackHeld(Event):
    """The reply is silent while it is found out whether somebody interrupts it."""

    heard_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackResumed(Event):
    """It was a false interruption: the reply goes on where it was heard last."""
