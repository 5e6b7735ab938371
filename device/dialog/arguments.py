"""What a model gives to a tool, checked against the tool's schema. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final

from device.errors import CommandInvalid

_LONGEST: Final = 4_000


def read_arguments(text: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as slots; what is null, false or empty is left out, as if it was not given.

    `parameters` is a schema as `device.dialog.tools` makes them. Raises CommandInvalid, whose
    message tells the model what to do better.
    """
    given = _object(text)
    known = parameters["properties"]
    if unknown := sorted(given.keys() - known.keys()):
        names = ", ".join(sorted(known)) or "none"
        raise CommandInvalid(f"unknown argument {unknown[0][:40]!r}; known: {names}")
    kept = {name: value for name, value in given.items() if value not in (None, False, "")}
    return {name: _checked(name, value, known[name]) for name, value in kept.items()}


def _object(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST:
        raise CommandInvalid("the arguments are too long")
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise CommandInvalid(f"the arguments are no JSON: {error}") from error
    if not isinstance(given, dict):
        raise CommandInvalid("the arguments are no JSON object")
    return given


def _checked(name: str, value: Any, schema: Mapping[str, Any]) -> Any:
    """The value as the schema wants it: a number in a string is a number too."""
    for one in schema.get("anyOf", (schema,)):
        found = _fitting(value, one)
        if found is not None:
            return found
    raise CommandInvalid(f"{name} must be {json.dumps(schema)}")


def _fitting(value: Any, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return next((one for one in schema["enum"] if _is_same(one, value)), None)
    if schema["type"] == "string":
        fits = isinstance(value, str) and 0 < len(value.strip()) <= schema["maxLength"]
        return value.strip() if fits else None
    number = _number(value)
    if number is None or not schema["minimum"] <= number <= schema["maximum"]:
        return None
    if number == int(number):
        return int(number)
    return number if schema["type"] == "number" else None


def _is_same(one: object, value: object) -> bool:
    if isinstance(one, str) and isinstance(value, str):
        return one == value.strip().lower()
    return type(one) is type(value) and one == value


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
