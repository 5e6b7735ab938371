"""What the speaker says of its own accord."""

from dataclasses import dataclass, field, replace
from typing import Any

from device.audio.chunk import AudioChunk
from device.event import Event, Priority


@dataclass(frozen=True, slots=True)
class PossibleAnswer:
    """One answer that a question allows."""

    id: str
    sentences: tuple[str, ...]
    """Sentence templates in hassil's form, e.g. "[yes] please"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConversation(Event):
    """The speaker asks something and listens for the answer."""

    text: str
    language: str = ""
    """Empty: that of the device."""
    chime: bool = False
    """A sound first."""
    question_id: str = ""
    """Comes back in QuestionAnswered; empty: nobody waits for it."""
    answers: tuple[PossibleAnswer, ...] = ()
    """What may be answered; empty: anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementDue(Event):
    """Something is to be said."""

    text: str
    priority: Priority = Priority.NORMAL
    language: str = ""
    """Empty: that of the device."""
    chime: bool = False
    """A sound first."""
    expires_at: float | None = None
    """Seconds of captured audio after which it is not said any more."""
    sound: AudioChunk | None = None
    """What is played in place of `text`, mono with 16 bit."""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, which has words only."""
        fields = Event.as_dict(replace(self, sound=None))
        del fields["sound"]
        return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(Event):
    """A question of ours was answered, or nobody answered."""

    question_id: str
    answer_id: str = ""
    """One of the allowed answers; empty: it was none of them."""
    text: str = ""
    """What was said; empty: nothing."""
    slots: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementDropped(Event):
    """Something was not said."""

    text: str
    reason: str
    """expired, repeated or full."""
