"""What the turn table asks the session to do."""

from dataclasses import dataclass

from device.audio.chunk import AudioChunk
from device.events import (
    AnnouncementDue,
    SpeechEnded,
    StageFailed,
    StartConversation,
    TurnEnded,
    UtteranceGiven,
    WakeWordDetected,
)


@dataclass(frozen=True, slots=True)
class Bid:
    """Ask the arbiter whether this speaker answers."""

    woken: WakeWordDetected


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear a sentence."""

    start_sample: int | None = None
    """From this sample on; None: from now."""
    language: str = ""
    """Language the wake word stands for; empty: that of the device."""
    voice: str = ""
    """Voice that answers; empty: by language."""
    agent: str = ""
    """Who is called; empty: whoever usually answers."""
    follow_up: bool = False
    """The conversation goes on: in its language, without a chime."""
    patience_seconds: float = 0.0
    """Give up when nobody speaks for so long; 0: as after a wake word."""
    interrupting: bool = False
    """Somebody talks over a reply: no wake word, no chime, and maybe not meant for us."""


@dataclass(frozen=True, slots=True)
class Anticipate:
    """Understand what was said so far, in case nothing more is said."""

    paused: SpeechEnded


@dataclass(frozen=True, slots=True)
class StopListening:
    """Drop what is being heard."""


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer what was heard or typed."""

    said: TurnEnded | UtteranceGiven
    asked: StartConversation | None = None
    """The question of ours that this answers."""
    addressed: bool = True
    """False: nobody said a wake word, so that it may not be meant for the speaker."""


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Cut generation, synthesis and playback; history keeps what was heard."""


@dataclass(frozen=True, slots=True)
class HoldReply:
    """Fall silent at once; the reply may go on where it was heard last."""


@dataclass(frozen=True, slots=True)
class ResumeReply:
    """Go on with the reply that is held."""


@dataclass(frozen=True, slots=True)
class DropHeld:
    """Cancel the reply that is held; history keeps what was heard."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text of our own: an announcement, a question."""

    text: str
    language: str = ""
    """Empty: that of the device."""
    chime: bool = False
    """A sound first."""
    sound: AudioChunk | None = None
    """What is played in place of `text`."""


@dataclass(frozen=True, slots=True)
class SayFailure:
    """Speak why the turn failed."""

    failed: StageFailed


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring until stopped."""

    label: str = ""
    """What is said between the rings; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Tell that an announcement is not made: it waited too long."""

    announcement: AnnouncementDue


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower the reply."""


@dataclass(frozen=True, slots=True)
class Unduck:
    """Bring the reply back."""


@dataclass(frozen=True, slots=True)
class ErrorChime:
    """Tell of a failure that cannot be spoken."""


@dataclass(frozen=True, slots=True)
class SetMicrophone:
    """Close the microphone or open it again."""

    muted: bool


@dataclass(frozen=True, slots=True)
class SetVolume:
    """Turn the knob."""

    volume: float
    """0 to 1."""


Effect = (
    Bid | Listen | Anticipate | StopListening | Respond | CancelReply | HoldReply | ResumeReply
    | DropHeld | Say | SayFailure | Ring | Drop | Duck | Unduck | ErrorChime | SetMicrophone
    | SetVolume
)  # fmt: skip
