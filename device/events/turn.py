"""What moves the turn."""

from dataclasses import dataclass, field, replace
from typing import Any

from device.audio.format import Samples
from device.event import Event, TurnState


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
    agent: str = ""
    """Who is called by it; empty: whoever usually answers."""
    snr_db: float = 0.0
    """How far the word stood out of what was heard before it."""
    level_dbfs: float = -96.0
    """How loud the word was."""


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
class UtteranceGiven(Event):
    """A typed turn, or one that was recorded elsewhere."""

    text: str
    language: str = ""
    spoken: bool = True
    """Whether the reply is spoken too."""
    answered: bool = True
    """False: only what was said is wanted in words."""
    samples: Samples | None = field(default=None, repr=False, compare=False)
    """The recording at 16 kHz, in place of the text."""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form; sound is not told."""
        fields = Event.as_dict(replace(self, samples=None))
        del fields["samples"]
        return fields


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
    decided_sample: int = 0
    """First sample that had not been listened to when this was decided; 0: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSpeech(Event):
    """Nobody spoke in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSuspected(Event):
    """Somebody may be talking over the reply."""

    start_sample: int = 0
    """First sample of what may be speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRejected(Event):
    """It was no interruption after all."""

    reason: str = "noise"
    """noise, backchannel or echo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(Event):
    """The reply is cut, and the speaker listens."""

    by: str
    """wake_word, speech, button, mqtt or api."""
    start_sample: int | None = None
    """First sample of what is said over the reply; None: nothing has been said yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood(Event):
    """What was said is meant for the speaker; the answer is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAddressed(Event):
    """What was said without a wake word was not meant for the speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap(Event):
    """A person and the speaker spoke at once."""

    manner: str
    """interruption or backchannel; `kind` in JSON."""
    seconds: float = 0.0
    """For how long, as far as it is known."""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        fields = Event.as_dict(self)
        return {"event": fields.pop("event"), "kind": fields.pop("manner"), **fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested(Event):
    """Stop everything."""

    by: str = "voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteChanged(Event):
    """The microphone was muted or opened."""

    muted: bool
    by_switch: bool = False
    """By the switch on the device, which wins over everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeChanged(Event):
    """The loudness of replies is another."""

    volume: float
    """0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFailed(Event):
    """A stage failed; the turn says so and ends."""

    stage: str
    """wake, vad, stt, agent, home, tts, playback; outside of turns (turn_id -1) also mqtt, timers,
    hooks, settings, announce."""
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
    confidence: float | None = None
    """Of the transcript, 0 to 1; None: nothing was transcribed."""
    audio_seconds: float = 0.0
    """Length of what was said."""
    reply_seconds: float = 0.0
    """How much of the reply was heard."""
    language: str = ""
    """Of the transcript."""
    speculations_discarded: int = 0
    """How often something was understood in a pause after which the person spoke on."""
