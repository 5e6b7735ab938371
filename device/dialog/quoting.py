"""What others chose, such as names and states, quoted so that a model takes it for data. Pure."""

import json
from typing import Any, Final

from device.types import Entity, EntityState

_LONGEST_WORD: Final = 80
"""Names and states are cut there: who gives a lamp a longer one wants something else."""


def as_data(value: object) -> str:
    """JSON on one line, in which no text can end its quotation."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cut(text: str) -> str:
    """A name or a state on one line, and not too long."""
    return " ".join(text.split())[:_LONGEST_WORD]


def fact(entity: Entity, state: EntityState | None = None) -> dict[str, Any]:
    """Something in the home as a model is told of it."""
    known = "unknown" if state is None else f"{state.value} {state.unit}".strip()
    parts = {"name": entity.name, "kind": str(entity.domain), "area": entity.area, "state": known}
    facts = {key: cut(value) for key, value in parts.items() if value}
    warm = None if state is None else state.attributes.get("current_temperature")
    return facts if warm is None else {**facts, "current_temperature": cut(str(warm))}
