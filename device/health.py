"""How the speaker is: what is told of its parts, and what that means. Pure, and light to import.

The daemon writes it down every two seconds for those who look after it (`device.care.health`); its
parts are those that are told over MQTT, too. JSON:

    at             seconds since 1970 at which this was true
    pid, version   of the daemon
    ready          it has begun to listen for its wake words
    listening      it hears them now: it is not muted, and audio arrives
    muted          on purpose
    audio_age      seconds since the last captured audio; null: there was none
    chunks         pieces of audio captured since the start
    broker         connected | lost | off
    parts          by name {state: ok | degraded | failed | loading, code, message}
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from device import events as e
from device.errors import BrokerUnreachable, DeviceLost

FRESH_SECONDS: Final = 10.0
"""What is older was written by a daemon that hangs, or is gone."""
DEAF_SECONDS: Final = 5.0
"""Audio that is older has stopped."""
_ADVICE: Final = {
    "audio-device-lost": "gives nothing; plug it in again, or check [audio] with: parlor devices",
    "audio-input-silent": "gives digital silence; switch it on, and check the channel in [audio]",
    "audio-input-dc": "gives a constant voltage and no sound; check its cable or power",
    "audio-input-clipped": "is far too loud all the time; turn its gain down: alsamixer",
    "broker-unreachable": "does not answer; check [mqtt] host and port, and the network",
    "broker-refused": "refuses the speaker; check user, password and certificates of [mqtt]",
    "model-missing": "lacks its model, and a simpler one stands in; run: parlor models list",
    "model-invalid": "has a damaged model, and a simpler one stands in; run: parlor models verify",
    "engine-not-installed": "is not installed, and a simpler one stands in; see the log",
    "hardware-failed": "cannot be used; check its wiring, and [leds] and [gpio]",
}
"""By code of device/errors.py, what goes on after the name of the part."""


class Code(StrEnum):
    """What can be found beside the errors of device/errors.py; these codes are stable, too."""

    NOT_RUNNING = "not-running"
    NOT_READY = "not-ready"
    """It does not do all of its work yet."""
    NO_RECORDING = "no-recording"
    """Something was not tried."""
    WAKE_MISSED = "wake-missed"
    NOT_UNDERSTOOD = "not-understood"
    SOUND_MISSED = "sound-missed"
    """The loudspeaker was not heard by the microphone."""
    TOO_QUIET = "too-quiet"
    TOO_NOISY = "too-noisy"
    WRONG_CHANNEL = "wrong-channel"
    WRONG_LOOPBACK = "wrong-loopback"
    DELAY_TOO_LONG = "delay-too-long"
    DELAY_UNSTABLE = "delay-unstable"
    ECHO_LEFT = "echo-left"
    AUDIO_LOST = "audio-lost"
    CLOCK_WRONG = "clock-wrong"
    THROTTLED = "throttled"
    TOO_HOT = "too-hot"
    MIXER_MUTED = "mixer-muted"
    UNWATCHED = "unwatched"
    DISABLED = "disabled"
    RESTARTED = "restarted"


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    DEGRADED = "degraded"
    """It does its work with less."""
    FAILED = "failed"
    LOADING = "loading"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the speaker."""

    state: State
    code: str = ""
    """Stable code of device/errors.py, or why something is given up."""
    message: str = ""
    """What is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Health:
    """The whole speaker at one moment; fields as in the module's docstring."""

    at: float
    version: str
    pid: int = 0
    ready: bool = False
    listening: bool = False
    muted: bool = False
    audio_age: float | None = None
    chunks: int = 0
    broker: str = "off"
    parts: Mapping[str, Part] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at the speaker found."""

    check: str
    healthy: bool
    message: str
    code: str = ""
    """Stable code, of an error or of `Code`; empty when all is well. With `healthy` a warning."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured; names end in the unit."""


def told_of(event: e.Event) -> dict[str, Part]:
    """What an event says of parts; nothing for most."""
    match event:
        case e.HealthChanged(part=part, healthy=True):
            return {part: Part(State.OK)}
        case e.HealthChanged(part=part, code=code):
            advice = _ADVICE.get(code, "does not work; see the log: journalctl -u parlor")
            return {part: Part(State.FAILED, code, f"the {part} {advice}")}
        case e.DegradationChanged(level=0):
            return {"resources": Part(State.OK)}
        case e.DegradationChanged(reason=reason, given_up=given_up):
            message = f"does without {', '.join(given_up)} ({reason})"
            return {"resources": Part(State.DEGRADED, reason, message)}
    return {}


def read_health(told: Any) -> Health | None:
    """From the JSON form; None for anything else."""
    try:
        parts = {
            str(name): Part(State(part["state"]), str(part["code"]), str(part["message"]))
            for name, part in told["parts"].items()
        }
        age = told["audio_age"]
        return Health(
            at=float(told["at"]), version=str(told["version"]), pid=int(told["pid"]),
            ready=told["ready"] is True, listening=told["listening"] is True,
            muted=told["muted"] is True, audio_age=None if age is None else float(age),
            chunks=int(told["chunks"]), broker=str(told["broker"]), parts=parts,
        )  # fmt: skip
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def judge(health: Health | None, now: float) -> tuple[Finding, ...]:
    """What it means, at `now` in seconds since 1970; None: no daemon tells anything."""
    # The wall clock may be set while the speaker runs: to the past, too.
    if health is None or not abs(now - health.at) <= FRESH_SECONDS:
        message = "no speaker runs here; start it: systemctl start parlor"
        return (Finding("daemon", False, message, Code.NOT_RUNNING),)
    others = (_part(name, part) for name, part in health.parts.items() if name != "microphone")
    return (_daemon(health), _microphone(health), *others, *_broker(health))


def _daemon(health: Health) -> Finding:
    if not health.ready:
        return Finding("daemon", False, "it does not listen yet", Code.NOT_READY)
    listening = "it is muted" if health.muted else "listens for its wake words"
    return Finding("daemon", True, f"version {health.version}, {listening}")


def _microphone(health: Health) -> Finding:
    part = health.parts.get("microphone")
    if part is not None and part.state is not State.OK:
        return _part("microphone", part)
    if health.audio_age is None or health.audio_age > DEAF_SECONDS:
        advice = _ADVICE[DeviceLost.code]
        return Finding("microphone", False, f"the microphone {advice}", DeviceLost.code)
    return Finding("microphone", True, "audio arrives")


def _broker(health: Health) -> tuple[Finding, ...]:
    if health.broker == "off":
        return (Finding("broker", True, "switched off"),)
    if "broker" in health.parts:
        return ()
    return (Finding("broker", False, "not connected yet", BrokerUnreachable.code),)


def _part(name: str, part: Part) -> Finding:
    match part.state:
        case State.OK:
            return Finding(name, True, "works")
        case State.DEGRADED:
            return Finding(name, True, part.message, part.code)
        case State.LOADING:
            return Finding(name, False, "still being loaded", Code.NOT_READY)
    return Finding(name, False, part.message, part.code)
