"""Ansible filter: a dictionary as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def to_toml(sections: Mapping[str, Any]) -> str:
    """Write a file of sections; keys outside of sections come first, empty sections are left out.

    Values are strings, numbers, booleans, lists and dictionaries, as YAML gives them; None is no
    value of TOML, so its key is left out. Raises TypeError for anything else.
    """
    loose = {key: value for key, value in sections.items() if not isinstance(value, Mapping)}
    parts = [_pairs(loose)]
    for name, value in sections.items():
        if isinstance(value, Mapping) and value:
            parts.append(f"[{_key(name)}]\n{_pairs(value)}")
    return "\n".join(part for part in parts if part)


def _pairs(table: Mapping[str, Any]) -> str:
    return "".join(
        f"{_key(key)} = {_value(value)}\n" for key, value in table.items() if value is not None
    )


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "_").isidentifier()
    return name if bare else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value).replace("Infinity", "inf").replace("NaN", "nan")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inside = (f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return _list([_value(one) for one in value])
    raise TypeError(f"TOML has no way to write {value!r}")


def _list(values: list[str]) -> str:
    """One line, or one a table: lists of devices are read by people."""
    if any(value.startswith("{") for value in values):
        return "[\n" + "".join(f"    {value},\n" for value in values) + "]"
    return "[" + ", ".join(values) + "]"


def _text(value: str) -> str:
    """A basic string: JSON's, where other scripts stand as they are and DEL does not."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Any]:
        """Filters by name."""
        return {"to_toml": to_toml}
