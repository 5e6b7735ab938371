"""What the speaker can be told over MQTT. Pure.

`device.mqtt.topics` lists the topics and the forms of their payloads, `device.mqtt.readers` reads
them.
"""

from dataclasses import dataclass
from enum import StrEnum

from device.events import BargeIn, PossibleAnswer, Priority


class Level(StrEnum):
    """What can be set between 0 and 1."""

    VOLUME = "volume"
    WAKE_SENSITIVITY = "wake_sensitivity"
    BARGE_IN_SENSITIVITY = "barge_in_sensitivity"


class TimerAction(StrEnum):
    """What can be done about timers, alarms and reminders."""

    START = "start"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    ADD = "add"
    STOP = "stop"
    SNOOZE = "snooze"


@dataclass(frozen=True, slots=True)
class SetMute:
    """Mute or open the microphone."""

    muted: bool


@dataclass(frozen=True, slots=True)
class SetLevel:
    """Set a level."""

    level: Level
    value: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class SetFollowUp:
    """Listen on after an answer, or not."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetBargeIn:
    """Let other things interrupt the speaker than before."""

    mode: BargeIn


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Understand and answer in another language."""

    language: str
    """Code like en or zh-CN."""


@dataclass(frozen=True, slots=True)
class SetKeywords:
    """Expect these names in what is said."""

    boosts: dict[str, float]
    """How much is forgiven for each; 0: it must be heard right."""


@dataclass(frozen=True, slots=True)
class SetVoice:
    """Speak with another voice."""

    voice: str
    """Name as the speaker offers it."""


@dataclass(frozen=True, slots=True)
class SetLight:
    """Let the ring shine in another way; None leaves a thing as it is."""

    on: bool | None = None
    brightness: float | None = None
    """0 to 1."""
    color: tuple[int, int, int] | None = None
    """Red, green and blue, 0 to 255."""
    effect: str | None = None
    """Name as the speaker offers it."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say something aloud."""

    message: str
    """1 to 2,000 characters."""
    priority: Priority = Priority.NORMAL
    expires_seconds: float | None = None
    """Not said any more after so long; None: always said."""
    language: str = ""
    """Empty: that of the device."""
    preannounce: bool = False
    """A chime first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer a typed sentence."""

    text: str
    """1 to 2,000 characters."""
    language: str = ""
    """Empty: that of the device."""


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """Ask something aloud and listen for the answer."""

    id: str
    """Comes back with the answer."""
    question: str
    """1 to 2,000 characters."""
    answers: tuple[PossibleAnswer, ...] = ()
    """What may be answered; empty: anything."""
    language: str = ""
    """Empty: that of the device."""
    preannounce: bool = True
    """A chime first."""


@dataclass(frozen=True, slots=True)
class ChangeTimer:
    """Do something about a timer, an alarm or a reminder."""

    action: TimerAction
    id: str = ""
    """Which one; empty: by name, or the only one."""
    name: str = ""
    seconds: float | None = None
    """How long from now, or how much to add; less than 0 takes time away."""
    kind: str = ""
    """timer, alarm or reminder; empty unless it is to be started."""
    at: str = ""
    """When an alarm or reminder rings: local ISO 8601 without a zone."""
    repeat: str = ""
    """once, daily, weekdays or weekly; empty: once."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen as if the wake word had been said."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop everything."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Cut the reply and listen."""


@dataclass(frozen=True, slots=True)
class ReportFalseWake:
    """Say that the last wake word was none."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Let what rings ring again in a while."""


@dataclass(frozen=True, slots=True)
class InstallUpdate:
    """Install the newest version."""


Command = (
    SetMute | SetLevel | SetFollowUp | SetBargeIn | SetLanguage | SetVoice | SetKeywords | SetLight
    | Say | Ask | AskQuestion | ChangeTimer | Listen | Stop | Interrupt | ReportFalseWake | Snooze
    | InstallUpdate
)  # fmt: skip
