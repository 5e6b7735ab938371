"""Reads the payloads of commands. Pure. `device.mqtt.topics` says what they look like."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from device.errors import CommandInvalid
from device.events import BargeIn, PossibleAnswer, Priority
from device.mqtt import values
from device.mqtt.commands import (
    Ask,
    AskQuestion,
    ChangeTimer,
    Command,
    InstallUpdate,
    Interrupt,
    Level,
    Listen,
    ReportFalseWake,
    Say,
    SetBargeIn,
    SetFollowUp,
    SetKeywords,
    SetLanguage,
    SetLevel,
    SetLight,
    SetMute,
    SetVoice,
    Snooze,
    Stop,
    TimerAction,
)

MAX_PAYLOAD: Final = 10_000
"""Characters of the longest command."""
MAX_NAME: Final = 100
"""Characters of the longest name of a timer or a voice."""
MAX_SENTENCE: Final = 200
"""Characters of the longest sentence template of an answer."""
MAX_ANSWERS: Final = 20
"""Answers that a question allows, and sentences that an answer has, at most."""
MAX_KEYWORDS: Final = 200
"""Names that may be expected at most."""
MAX_BOOST: Final = 4.0
"""More would make anything a keyword."""
MAX_SECONDS: Final = 31 * 86_400.0
"""How long a timer runs at most."""

_PRESSED = frozenset({"", "press", "on", "true", "1"})
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", re.ASCII)
_KINDS = ("timer", "alarm", "reminder")
_REPEATS = ("once", "daily", "weekdays", "weekly")
_TIMER_KEYS = {
    TimerAction.START: ("action", "id", "name", "seconds", "kind", "at", "repeat"),
    TimerAction.ADD: ("action", "id", "name", "seconds"),
}
_WHICH_TIMER = ("action", "id", "name")


def read_command(name: str, payload: str) -> Command:
    """Read the payload of ~/<name>/set. Raises CommandInvalid, and nothing else."""
    reader = READERS.get(name)
    if reader is None:
        raise CommandInvalid(f"{name[:50]}/set is no command; known are: {', '.join(READERS)}")
    if len(payload) > MAX_PAYLOAD:
        raise CommandInvalid(f"{name}/set: over {MAX_PAYLOAD} characters; send less")
    try:
        return reader(payload.strip())
    except ValueError as error:
        raise CommandInvalid(f"{name}/set: {error}; nothing was changed") from error


def _mute(payload: str) -> SetMute:
    return SetMute(values.switch(payload))


def _level(level: Level) -> Callable[[str], SetLevel]:
    return lambda payload: SetLevel(level, values.share(payload))


def _follow_up(payload: str) -> SetFollowUp:
    return SetFollowUp(values.switch(payload))


def _barge_in(payload: str) -> SetBargeIn:
    modes = [mode.value for mode in BargeIn]
    if payload not in modes:
        raise ValueError(f"expected one of: {', '.join(modes)}")
    return SetBargeIn(BargeIn(payload))


def _language(payload: str) -> SetLanguage:
    if not payload:
        raise ValueError("expected a language")
    return SetLanguage(values.language(payload))


def _voice(payload: str) -> SetVoice:
    return SetVoice(values.text(payload, MAX_NAME))


def _keywords(payload: str) -> SetKeywords:
    found = values.json_list(payload) if payload.startswith("[") else values.json_object(payload)
    if len(found) > MAX_KEYWORDS:
        raise ValueError(f"at most {MAX_KEYWORDS} keywords")
    boosts = found if isinstance(found, dict) else dict.fromkeys(map(values.text, found), 2.0)
    return SetKeywords({values.text(name, MAX_NAME): _boost(boosts[name]) for name in boosts})


def _boost(value: Any) -> float:
    boost = values.number(value)
    if not 0 <= boost <= MAX_BOOST:
        raise ValueError(f"a boost is 0 to {MAX_BOOST:g}")
    return boost


def _light(payload: str) -> SetLight:
    found = values.fields(payload, "state", "brightness", "color", "effect")
    on = values.choice(found["state"], "state", ("ON", "OFF")) == "ON" if "state" in found else None
    return SetLight(
        on=on,
        brightness=values.byte(found["brightness"]) / 255 if "brightness" in found else None,
        color=_color(found["color"]) if "color" in found else None,
        effect=values.text(found["effect"], MAX_NAME) if "effect" in found else None,
    )


def _color(value: Any) -> tuple[int, int, int]:
    found = values.only(value, "r", "g", "b")
    red, green, blue = (values.byte(found.get(part)) for part in ("r", "g", "b"))
    return red, green, blue


def _say(preannounce: bool) -> Callable[[str], Say]:
    def read(payload: str) -> Say:
        if not payload.startswith("{"):
            return Say(values.text(payload), preannounce=preannounce)
        found = values.fields(
            payload, "message", "priority", "expires_s", "language", "preannounce"
        )
        expires = found.get("expires_s")
        return Say(
            message=values.text(found.get("message")),
            priority=Priority(values.choice(found.get("priority", "normal"), "priority", _URGENCY)),
            expires_seconds=None if expires is None else _expiry(expires),
            language=values.language(found.get("language", "")),
            preannounce=values.flag(found.get("preannounce", preannounce), "preannounce"),
        )

    return read


def _expiry(value: Any) -> float:
    seconds = values.number(value)
    if seconds <= 0:
        raise ValueError("expires_s is above 0")
    return seconds


def _ask(payload: str) -> Ask:
    if not payload.startswith("{"):
        return Ask(values.text(payload))
    found = values.fields(payload, "text", "language")
    return Ask(values.text(found.get("text")), values.language(found.get("language", "")))


def _question(payload: str) -> AskQuestion:
    found = values.fields(payload, "id", "question", "answers", "language", "preannounce")
    answers = tuple(_answer(one) for one in _some(found.get("answers", []), "answers"))
    if len({answer.id for answer in answers}) < len(answers):
        raise ValueError("two answers have the same id")
    return AskQuestion(
        id=values.identifier(found.get("id")),
        question=values.text(found.get("question")),
        answers=answers,
        language=values.language(found.get("language", "")),
        preannounce=values.flag(found.get("preannounce", True), "preannounce"),
    )


def _answer(value: Any) -> PossibleAnswer:
    found = values.only(value, "id", "sentences")
    sentences = _some(found.get("sentences"), "sentences")
    if not sentences:
        raise ValueError("an answer has at least one sentence")
    spoken = tuple(values.text(one, MAX_SENTENCE) for one in sentences)
    return PossibleAnswer(values.identifier(found.get("id")), spoken)


def _some(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ANSWERS:
        raise ValueError(f"{name} is a list of at most {MAX_ANSWERS}")
    return value


def _timer(payload: str) -> ChangeTimer:
    found = values.fields(payload, *_TIMER_KEYS[TimerAction.START])
    action = TimerAction(values.choice(found.get("action"), "action", list(TimerAction)))
    values.only(found, *_TIMER_KEYS.get(action, _WHICH_TIMER))
    change = ChangeTimer(
        action,
        id=values.identifier(found["id"]) if "id" in found else "",
        name=values.text(found["name"], MAX_NAME) if "name" in found else "",
        seconds=_seconds(found["seconds"]) if "seconds" in found else None,
        kind=values.choice(found["kind"], "kind", _KINDS) if "kind" in found else "",
        at=_local_time(found["at"]) if "at" in found else "",
        repeat=values.choice(found["repeat"], "repeat", _REPEATS) if "repeat" in found else "",
    )
    if action is TimerAction.ADD and not change.seconds:
        raise ValueError("add needs seconds other than 0")
    return _started(change) if action is TimerAction.START else change


def _started(change: ChangeTimer) -> ChangeTimer:
    """Check what begins, and say what kind it is."""
    if (change.seconds is None) == (not change.at):
        raise ValueError("start needs either seconds or at")
    if change.seconds is not None and change.seconds <= 0:
        raise ValueError("a timer runs for more than 0 seconds")
    kind = change.kind or ("alarm" if change.at else "timer")
    if change.at and kind == "timer":
        raise ValueError("a timer runs for seconds; what rings at a time is an alarm or a reminder")
    if change.repeat and not change.at:
        raise ValueError("only what rings at a time repeats")
    return ChangeTimer(
        change.action, change.id, change.name, change.seconds, kind, change.at, change.repeat
    )


def _seconds(value: Any) -> float:
    seconds = values.number(value)
    if abs(seconds) > MAX_SECONDS:
        raise ValueError("a timer runs for 31 days at most")
    return seconds


def _local_time(value: Any) -> str:
    if not isinstance(value, str) or not _LOCAL_TIME.fullmatch(value):
        raise ValueError("at is a local time like 2026-12-24T07:30")
    return datetime.fromisoformat(value).isoformat()


def _update(payload: str) -> InstallUpdate:
    if payload != "install":
        raise ValueError("expected install")
    return InstallUpdate()


def _press(command: Command) -> Callable[[str], Command]:
    def read(payload: str) -> Command:
        if payload.lower() not in _PRESSED:
            raise ValueError("expected PRESS or an empty payload")
        return command

    return read


_URGENCY = tuple(priority.value for priority in Priority)

READERS: dict[str, Callable[[str], Command]] = {
    "mute": _mute,
    **{level.value: _level(level) for level in Level},
    "follow_up": _follow_up,
    "barge_in": _barge_in,
    "language": _language,
    "voice": _voice,
    "keywords": _keywords,
    "light": _light,
    "say": _say(preannounce=False),
    "announce": _say(preannounce=True),
    "ask": _ask,
    "question": _question,
    "timer": _timer,
    "listen": _press(Listen()),
    "stop": _press(Stop()),
    "interrupt": _press(Interrupt()),
    "false_wake": _press(ReportFalseWake()),
    "snooze": _press(Snooze()),
    "update": _update,
}
"""By the name in the topic."""
