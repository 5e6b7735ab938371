"""Everything that can happen, as a closed set of dataclasses.

Events are told on the bus, and some of them are posted to the session to move the turn. `turn_id`
names the turn an event belongs to; 0 belongs to none. `at` is seconds of captured audio.
Transcripts and replies are personal: they are never logged above DEBUG.
"""

from dataclasses import dataclass, field
from typing import Any

from device.event import Event as Event
from device.event import Priority as Priority
from device.event import TurnState as TurnState


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Event):
    """The speaker listens for its wake words."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWordDetected(Event):
    """A wake word was heard."""

    word: str
    score: float
    end_sample: int = 0
    """First sample after the word."""
    language: str = ""
    """Language the word stands for; empty: that of the device."""
    voice: str = ""
    """Voice that answers to the word; empty: by language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidWon(Event):
    """This speaker is the one to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidLost(Event):
    """Another speaker answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed(Event):
    """The button was pressed once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenRequested(Event):
    """Somebody asks by MQTT or API that the speaker listens."""

    by: str = "mqtt"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConversation(Event):
    """The speaker says something and listens for the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceGiven(Event):
    """A typed turn."""

    text: str
    language: str = ""
    spoken: bool = True
    """Whether the reply is spoken too."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDue(Event):
    """A timer or alarm rings."""

    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted(Event):
    """Somebody began to speak while the speaker listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded(Event):
    """Speech paused; the turn may go on."""

    start_sample: int
    """First sample to be understood."""
    stop_sample: int
    """First sample after the speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded(Event):
    """The sentence is complete."""

    start_sample: int
    stop_sample: int
    speech_stop_sample: int
    """First sample after the last speech."""
    reason: str
    """silence or max_length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSpeech(Event):
    """Nobody spoke in time."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSuspected(Event):
    """Somebody may be talking over the reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRejected(Event):
    """It was no interruption after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(Event):
    """The reply is cut, and the speaker listens."""

    by: str
    """wake_word, speech, button, mqtt or api."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap(Event):
    """Both spoke at once."""

    kind: str
    """interruption or backchannel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested(Event):
    """Stop everything."""

    by: str = "voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteChanged(Event):
    """The microphone was muted or opened."""

    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFailed(Event):
    """A stage failed; the turn says so and ends."""

    stage: str
    """wake, vad, stt, agent, home, tts, playback."""
    code: str
    """Stable code of device/errors.py."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Event):
    """The turn moved to another state."""

    old: TurnState
    new: TurnState


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStepped(Event):
    """A row of the turn table was taken."""

    row: str
    """Name of the row in turn.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMeasured(Event):
    """How long the stages of a finished turn took."""

    stages: dict[str, float]
    """Milliseconds by stage name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeChanged(Event):
    """The loudness of replies is another."""

    volume: float
    """0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged(Event):
    """A part of the speaker works again, or does not."""

    part: str
    """microphone, speaker, broker."""
    healthy: bool
    code: str = ""
