"""Strict checks of the values inside a payload. Pure; all raise ValueError that says what fits."""

import json
import math
import re
import unicodedata
from collections.abc import Collection
from typing import Any, Final

MAX_TEXT: Final = 2_000
"""Characters of the longest text to say or to answer."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_SHARE = re.compile(r"\+?\d*\.?\d+([eE][+-]?\d{1,3})?", re.ASCII)
_SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
_LINE_BREAKS = "\n\r\t"


def fields(payload: str, *known: str) -> dict[str, Any]:
    """The JSON object in a payload, with no other keys."""
    return only(json_object(payload), *known)


def only(found: Any, *known: str) -> dict[str, Any]:
    """A JSON object that was read already, with no other keys."""
    if not isinstance(found, dict):
        raise ValueError("expected a JSON object")
    if unknown := sorted(found.keys() - set(known)):
        raise ValueError(f"unknown key {unknown[0][:50]!r}; known are: {', '.join(sorted(known))}")
    return found


def json_object(payload: str) -> dict[str, Any]:
    """The JSON object in a payload, whatever keys it has."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not isinstance(found, dict):
        raise ValueError("expected a JSON object")
    return found


def json_list(payload: str) -> list[Any]:
    """The JSON list in a payload."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not isinstance(found, list):
        raise ValueError("expected a JSON list")
    return found


def text(value: Any, longest: int = MAX_TEXT) -> str:
    """Something to read or to say, without what cannot be printed."""
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise ValueError(f"expected a text of 1 to {longest} characters")
    if any(unicodedata.category(one) in ("Cc", "Cs") and one not in _LINE_BREAKS for one in value):
        raise ValueError("a text has no control characters")
    return value.strip()


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("expected a number")
    try:
        found = float(value)
    except OverflowError as error:
        raise ValueError("expected a number") from error
    if not math.isfinite(found):
        raise ValueError("expected a finite number")
    return found


def share(payload: str) -> float:
    """A number from 0 to 1, as text."""
    if not _SHARE.fullmatch(payload) or not 0.0 <= float(payload) <= 1.0:
        raise ValueError("expected a number from 0 to 1")
    return float(payload)


def byte(value: Any) -> int:
    """A whole number from 0 to 255."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise ValueError("expected a whole number from 0 to 255")
    return value


def switch(value: str) -> bool:
    """ON or OFF."""
    if value.lower() not in _SWITCH:
        raise ValueError("expected ON or OFF")
    return _SWITCH[value.lower()]


def flag(value: Any, name: str) -> bool:
    """JSON's true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false")
    return value


def choice(value: Any, name: str, allowed: Collection[str]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} is one of {', '.join(allowed)}")
    return value


def language(value: Any) -> str:
    """A code like en or zh-CN; empty for that of the device."""
    if not isinstance(value, str) or (value and not _LANGUAGE.fullmatch(value)):
        raise ValueError("language is a code like en or zh-CN")
    return value


def identifier(value: Any) -> str:
    """What somebody calls a thing in order to find it again."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("an id is 1 to 64 of the characters A-Z a-z 0-9 _ . : -")
    return value
