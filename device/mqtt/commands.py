"""What the speaker can be told over MQTT, and how the payloads are read. Pure.

`device.mqtt.topics` lists the topics and the forms of their payloads.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from device.errors import CommandInvalid
from device.events import Priority

MAX_PAYLOAD = 10_000
"""Characters of the longest command."""
MAX_TEXT = 2_000
"""Characters of the longest text to say or to answer."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
_PRESSED = frozenset({"", "press", "on", "true", "1"})


class Level(StrEnum):
    """What can be set between 0 and 1."""

    VOLUME = "volume"
    WAKE_SENSITIVITY = "wake_sensitivity"
    BARGE_IN_SENSITIVITY = "barge_in_sensitivity"


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
class Listen:
    """Listen as if the wake word had been said."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop everything."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Cut the reply and listen."""


Command = SetMute | SetLevel | Say | Ask | Listen | Stop | Interrupt


def read_command(name: str, payload: str) -> Command:
    """Read the payload of ~/<name>/set. Raises CommandInvalid, and nothing else."""
    if len(payload) > MAX_PAYLOAD:
        raise CommandInvalid(f"{name}/set: over {MAX_PAYLOAD} characters; send less")
    reader = _READERS.get(name)
    if reader is None:
        raise CommandInvalid(f"{name}/set is no command; known are: {', '.join(_READERS)}")
    try:
        return reader(payload.strip())
    except ValueError as error:
        raise CommandInvalid(f"{name}/set: {error}; nothing was changed") from error


def _mute(payload: str) -> SetMute:
    if payload.lower() not in _SWITCH:
        raise ValueError("expected ON or OFF")
    return SetMute(_SWITCH[payload.lower()])


def _level(level: Level) -> Callable[[str], SetLevel]:
    def read(payload: str) -> SetLevel:
        value = _number(payload)
        if not 0.0 <= value <= 1.0:
            raise ValueError("expected a number from 0 to 1")
        return SetLevel(level, value)

    return read


def _say(preannounce: bool) -> Callable[[str], Say]:
    def read(payload: str) -> Say:
        if not payload.startswith("{"):
            return Say(_text(payload), preannounce=preannounce)
        fields = _fields(payload, {"message", "priority", "expires_s", "language", "preannounce"})
        expires = fields.get("expires_s")
        chime = fields.get("preannounce", preannounce)
        if not isinstance(chime, bool):
            raise ValueError("preannounce is true or false")
        return Say(
            message=_text(fields.get("message")),
            priority=_priority(fields.get("priority", Priority.NORMAL)),
            expires_seconds=None if expires is None else _expiry(expires),
            language=_language(fields.get("language", "")),
            preannounce=chime,
        )

    return read


def _ask(payload: str) -> Ask:
    if not payload.startswith("{"):
        return Ask(_text(payload))
    fields = _fields(payload, {"text", "language"})
    return Ask(_text(fields.get("text")), _language(fields.get("language", "")))


def _press(command: Command) -> Callable[[str], Command]:
    def read(payload: str) -> Command:
        if payload.lower() not in _PRESSED:
            raise ValueError("expected PRESS or an empty payload")
        return command

    return read


def _fields(payload: str, known: set[str]) -> dict[str, Any]:
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ValueError("it begins like JSON but is none") from error
    if unknown := sorted(fields.keys() - known):
        raise ValueError(f"unknown key {unknown[0]!r}; known are: {', '.join(sorted(known))}")
    found: dict[str, Any] = fields
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        raise ValueError(f"expected a text of 1 to {MAX_TEXT} characters")
    return value.strip()


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("expected a number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise ValueError("expected a number") from error
    if not math.isfinite(number):
        raise ValueError("expected a finite number")
    return number


def _expiry(value: Any) -> float:
    seconds = _number(value)
    if seconds <= 0:
        raise ValueError("expires_s is above 0")
    return seconds


def _priority(value: Any) -> Priority:
    if value not in list(Priority):
        raise ValueError(f"priority is one of {', '.join(Priority)}")
    return Priority(value)


def _language(value: Any) -> str:
    if not isinstance(value, str) or (value and not _LANGUAGE.fullmatch(value)):
        raise ValueError("language is a code like en or zh-CN")
    return value


_READERS: dict[str, Callable[[str], Command]] = {
    "mute": _mute,
    **{level.value: _level(level) for level in Level},
    "say": _say(preannounce=False),
    "announce": _say(preannounce=True),
    "ask": _ask,
    "listen": _press(Listen()),
    "stop": _press(Stop()),
    "interrupt": _press(Interrupt()),
}
