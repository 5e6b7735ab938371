"""The data that more than one part of the speaker speaks about."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Detection:
    """A wake word was heard."""

    word: str
    """Name of the wake word as configured, e.g. hey_jarvis."""
    score: float
    """The engine's score, 0 to 1."""
    at_sample: int
    """Number of the sample at which the engine knew, counted since its stream began."""
    end_sample: int
    """Best estimate of the first sample after the word; never above `at_sample`."""

    def later(self, samples: int) -> "Detection":
        """The same, where the stream began so many samples after the count did."""
        return replace(
            self, at_sample=self.at_sample + samples, end_sample=self.end_sample + samples
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of recognised speech."""

    text: str
    start_seconds: float
    stop_seconds: float
    confidence: float = 1.0
    """0 (a guess) to 1 (certain)."""
    engine: str = ""
    """Name of the engine that understood it."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said."""

    text: str
    """Empty when nothing was understood."""
    language: str = "en"
    """Two-letter code (ISO 639-1), with an optional region: en, zh, pt-BR."""
    is_final: bool = True
    confidence: float = 1.0
    """0 (a guess) to 1 (certain)."""
    engine: str = ""
    """Name of the engine that understood it."""
    segments: tuple[Segment, ...] = ()
    """Filled for file transcription."""
    over: float | None = None
    """Probability that the person has said all, where the engine can tell; None: it cannot."""


class Domain(StrEnum):
    """What kind of thing an entity is; Home Assistant's names."""

    LIGHT = "light"
    SWITCH = "switch"
    FAN = "fan"
    COVER = "cover"
    LOCK = "lock"
    CLIMATE = "climate"
    SCENE = "scene"
    SCRIPT = "script"
    BUTTON = "button"
    MEDIA_PLAYER = "media_player"
    VACUUM = "vacuum"
    SENSOR = "sensor"
    BINARY_SENSOR = "binary_sensor"
    WEATHER = "weather"


@dataclass(frozen=True, slots=True)
class Entity:
    """Something in the home that can be named, and perhaps commanded."""

    id: str
    """Home Assistant's form: domain.object_id."""
    name: str
    """The name people say."""
    domain: Domain
    area: str = ""
    """Name of the room; empty when it stands nowhere in particular."""
    floor: str = ""
    """Name of the floor."""
    aliases: tuple[str, ...] = ()
    """Other names people say."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Further facts that sentence templates ask for, e.g. device_class."""


@dataclass(frozen=True, slots=True)
class EntityState:
    """Last state that something in the home reported."""

    value: str
    """Home Assistant's words: on, off, open, closed, locked, 21.5, ..."""
    unit: str = ""
    """Unit of measurement, e.g. °C."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Further facts, e.g. current_temperature."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What the person wants."""

    name: str
    """Home Assistant's intent name, e.g. HassTurnOn."""
    slots: dict[str, Any] = field(default_factory=dict)
    """Slot values by name."""


@dataclass(frozen=True, slots=True)
class Action:
    """One command to one thing in the home."""

    entity: str
    """Entity id."""
    service: str
    """Home Assistant's service name, e.g. turn_on."""
    topic: str
    """MQTT topic that commands it."""
    payload: str
    """What is published there."""
    state_topic: str = ""
    """Topic that confirms it; empty when the device does not report."""
    expected: str = ""
    """State that counts as confirmation; empty: any message does."""
    value_key: str = ""
    """Key to look up when the state is JSON, or a Jinja template; empty: the payload itself."""


class Outcome(StrEnum):
    """How an action ended."""

    SENT = "sent"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that can speak."""

    name: str
    engine: str
    language: str
    rate: int
    """Samples a second of the audio it makes."""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """How much of something was heard."""

    seconds: float
    """Audio that left the loudspeaker: accepted by the device, less its latency."""
    completed: bool = True
    """False when it was cut."""
