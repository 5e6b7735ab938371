"""Sentences drawn at random from a language's templates, each with what it means."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hassil.expression import (
    Alternative,
    Expression,
    ListReference,
    Permutation,
    RuleReference,
    Sequence,
    TextChunk,
)
from hassil.intents import IntentData, RangeSlotList, TextSlotList, TextSlotValue
from hassil.numbers import get_rbnf_engine
from hassil.util import normalize_whitespace

from device.dialog.templates import Templates
from device.types import Entity


@dataclass(frozen=True, slots=True)
class Meant:
    """A sentence and what was meant when it was made."""

    text: str
    intent: str
    slots: dict[str, Any] = field(default_factory=dict)
    """Slots that were said or that the template fixes; not the name."""
    entity_id: str = ""
    """The thing that was named; empty: none was."""
    name: str = ""
    """In the words that were said."""


class Impossible(Exception):
    """This template cannot be said about this home."""


class Sampler:
    """Draws sentences evenly over intents, then over a template's alternatives."""

    def __init__(self, templates: Templates, seed: int) -> None:
        self._templates = templates
        self._random = random.Random(seed)
        self._blocks = [
            (name, block)
            for name, intent in templates.intents.intents.items()
            for block in intent.data
        ]
        self._names = sorted(templates.intents.intents)

    def sentences(self, count: int) -> Iterator[Meant]:
        """Draw `count` sentences that this home can be told."""
        made = 0
        while made < count:
            intent = self._random.choice(self._names)
            block = self._random.choice([block for name, block in self._blocks if name == intent])
            try:
                yield _Draw(self._templates, block, self._random).sentence(intent)
            except Impossible:
                continue
            made += 1


class _Draw:
    """One walk through one template."""

    def __init__(self, templates: Templates, block: IntentData, chance: random.Random) -> None:
        self._templates = templates
        self._block = block
        self._random = chance
        self._entity: Entity | None = None
        self._name = ""
        self._slots: dict[str, Any] = dict(block.slots)
        self._rules = {**templates.intents.expansion_rules, **block.expansion_rules}
        self._lists = {
            **templates.intents.slot_lists,
            **block.slot_lists,
            **templates.slot_lists,
        }

    def sentence(self, intent: str) -> Meant:
        template = self._random.choice(self._block.sentences)
        if "name" in template.list_names(self._rules):
            self._choose_entity()
        text = normalize_whitespace(self._walk(template.expression)).strip()
        entity_id = self._entity.id if self._entity else ""
        return Meant(text, intent, self._slots, entity_id, self._name)

    def _choose_entity(self) -> None:
        wanted = self._block.requires_context.get("domain")
        fitting = [
            entity
            for entity in self._templates.entities
            if wanted is None or str(entity.domain) in wanted
        ]
        if not fitting:
            raise Impossible
        self._entity = self._random.choice(fitting)

    def _walk(self, expression: Expression) -> str:
        match expression:
            case TextChunk():
                return str(expression.original_text)
            case Alternative():
                return self._walk(self._random.choice(expression.items))
            case Permutation():
                order = self._random.sample(expression.items, len(expression.items))
                return "".join(self._walk(item) for item in order)
            case Sequence():
                return "".join(self._walk(item) for item in expression.items)
            case RuleReference():
                return self._walk(self._rules[expression.rule_name].expression)
            case ListReference():
                return self._value(expression)
        raise Impossible

    def _value(self, reference: ListReference) -> str:
        values = self._lists.get(reference.list_name)
        if isinstance(values, RangeSlotList):
            number = self._random.choice(list(values.get_numbers()))
            self._slots[reference.slot_name] = number * (values.multiplier or 1)
            return self._number(number)
        if not isinstance(values, TextSlotList):
            raise Impossible
        value = self._choose_text(reference.list_name, values)
        text = self._walk(value.text_in)
        if reference.list_name == "name":
            self._name = text
        elif not reference.is_capture:
            self._slots[reference.slot_name] = value.value_out
        return text

    def _number(self, number: float) -> str:
        """In digits or, as often, in words where the language's are known."""
        if self._random.random() < 0.5:
            return str(number)
        try:
            words = get_rbnf_engine(self._templates.language).format_number(number)
        except ValueError:
            return str(number)
        return str(words.text).replace("\xad", "")

    def _choose_text(self, name: str, values: TextSlotList) -> TextSlotValue:
        """A value at random, where name, room and floor are those of the chosen thing."""
        entity = self._entity
        own = {"area": entity.area, "floor": entity.floor} if entity else {}
        fitting = [
            value
            for value in values.values
            if (name != "name" or _is(value, entity))
            and (name not in own or value.value_out == own[name])
        ]
        if not fitting:
            raise Impossible
        return self._random.choice(fitting)


def _is(value: TextSlotValue, entity: Entity | None) -> bool:
    return entity is not None and (value.metadata or {}).get("entity_id") == entity.id
