"""Turns reply templates (Jinja, as the intents package writes them) into spoken text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from device.dialog.base import Recognition
from device.dialog.language import FALLBACK, LanguageData, load_language
from device.types import Domain, Entity, EntityState

_STAND_INS = {
    "nothing_heard": "no_intent",
    "unknown": "no_intent",
    "help": "no_intent",
    "which_room": "duplicate_targets",
    "which_one": "duplicate_targets",
    "which_unplaced": "duplicate_targets",
}
"""What the intents package offers where a language has no phrase of ours; else handle_error."""
_LAST_RESORT = "OK"
_OPENING_CLASSES = frozenset({"door", "window", "garage_door", "opening", "gate"})
_OPENING = {"on": "open", "off": "closed"}


@dataclass(frozen=True, slots=True)
class StateView:
    """One entity and its state, under the names that reply templates use."""

    entity_id: str
    name: str
    domain: str
    state: str = "unknown"
    unit: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def state_with_unit(self) -> str:
        """State and unit, e.g. 21.5 °C; a door that is on is open."""
        opens = self.attributes.get("device_class") in _OPENING_CLASSES
        words = _OPENING if opens and self.domain == Domain.BINARY_SENSOR else {}
        return f"{words.get(self.state, self.state)} {self.unit}".strip()


def view(entity: Entity, state: EntityState | None) -> StateView:
    """What a reply template may know about an entity."""
    known = state or EntityState("unknown")
    return StateView(
        entity_id=entity.id,
        name=entity.name,
        domain=str(entity.domain),
        state=known.value,
        unit=known.unit,
        attributes={**entity.attributes, **known.attributes},
    )


class Replies:
    """The replies of one language."""

    def __init__(self, data: LanguageData) -> None:
        self._data = data
        self._compiled: dict[str, Template] = {}
        self._environment = SandboxedEnvironment()

    def reply(
        self,
        recognition: Recognition,
        states: Sequence[StateView] = (),
        matched: Sequence[StateView] = (),
        slots: Mapping[str, Any] | None = None,
    ) -> str:
        """The reply to a sentence; `matched` are the things that a question is true of."""
        templates = self._data.replies.get(recognition.intent.name, {})
        source = templates.get(recognition.response, templates.get("default"))
        if source is None:
            return _LAST_RESORT
        hit = {item.entity_id for item in matched}
        others = [item for item in states if item.entity_id not in hit]
        by_id = {item.entity_id: item for item in states}
        values = {
            "slots": {**recognition.spoken, **(slots or {})},
            "state": states[0] if states else None,
            "query": {"matched": list(matched), "unmatched": others},
            "state_attr": lambda entity, key: by_id[entity].attributes.get(key),
        }
        return self._render(source, values)

    def error(self, key: str, **values: str) -> str:
        """One of the intents package's error replies, e.g. no_entity."""
        return self._render(self._data.errors.get(key, ""), values)

    def phrase(self, key: str, **values: str | int) -> str:
        """A fixed phrase of ours, else the nearest thing this language has."""
        own = self._data.phrases
        if text := own.get(key) or own.get("failed"):
            return text.format(**values)
        return self.error(_STAND_INS.get(key, "handle_error")) or _english(key, values)

    def _render(self, source: str, values: Mapping[str, Any]) -> str:
        try:
            if source not in self._compiled:
                self._compiled[source] = self._environment.from_string(source)
            text = self._compiled[source].render(values)
        except (TemplateError, TypeError, ValueError, KeyError, AttributeError, IndexError):
            # A reply that cannot be put together must not undo what was done.
            return _LAST_RESORT
        return " ".join(text.split())


def _english(key: str, values: Mapping[str, str | int]) -> str:
    phrases = load_language(FALLBACK).phrases
    return phrases.get(key, phrases["failed"]).format(**values)
