"""Turns sentence templates and the names of a home into what the command recogniser listens for."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from importlib import import_module
from importlib.metadata import version
from itertools import permutations
from pathlib import Path
from typing import Any

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    TextChunk,
)
from hassil.expression import Sentence as Template
from hassil.intents import IntentData, Intents, RangeSlotList, SlotList, TextSlotList

from device.dialog.automaton import EMPTY, Draft, Minimal, minimal
from device.dialog.prior import END, Block, Shares
from device.dialog.spoken import SPACE, phrases_of, sayable, whole_words
from device.dialog.templates import Templates
from device.grammar import Arc, Grammar
from device.stored import content_hash, stored
from device.types import Entity

_PIECES = re.compile(r"[\s-]+|[^\s-]+")
_DRAWN = 12_000
_FORM = 1
"""Goes up when the same templates make another grammar."""
_NAMED = ("name",)
"""Lists whose values belong to a domain."""


def build_grammar(intents: Intents, slot_lists: Mapping[str, SlotList], language: str) -> Grammar:
    """The closed vocabulary of these templates with these names; free text cannot be said in it.

    A name fits a template when its domain is one that `requires_context` lists, as in hassil.
    Templates with a free-text slot, an unknown list or a list without values are left out.
    """
    writer = _Writer(intents, slot_lists, language)
    for name, block in _blocks(intents):
        writer.add(name, block)
    automaton = minimal(*whole_words(writer.draft, writer.ends))
    shares = Shares(automaton)
    shares.draw(writer.blocks, _DRAWN)
    shares.draw(_usual_blocks(writer, language), _DRAWN)
    return _as_grammar(automaton, shares, writer.classes, intents.skip_words, language)


def home_grammar(
    language: str,
    entities: Sequence[Entity],
    folder: Path | None,
    contacts: Sequence[str] | None = None,
) -> Grammar:
    """What can be said to a home of these things, kept in `folder`; can be called anywhere."""
    templates = Templates(language, entities, contacts=contacts)
    return stored_grammar(templates.intents, templates.slot_lists, templates.language, folder)


def stored_grammar(
    intents: Intents, slot_lists: Mapping[str, SlotList], language: str, folder: Path | None
) -> Grammar:
    """`build_grammar`, or what it made of the same templates and names before, kept in `folder`."""
    versions = [version(package) for package in ("hassil", "home-assistant-intents")]
    name = f"grammar-{content_hash(_FORM, versions, language, *_contents(intents, slot_lists))}"
    return stored(
        folder, name, lambda: build_grammar(intents, slot_lists, language), _as_data, _from_data
    )


def _contents(intents: Intents, slot_lists: Mapping[str, SlotList]) -> Iterator[object]:
    for name, block in _blocks(intents):
        yield name, block.sentence_texts, block.requires_context, block.slot_lists
        yield [(rule, sentence.text) for rule, sentence in block.expansion_rules.items()]
    yield intents.skip_words
    yield [(rule, sentence.text) for rule, sentence in intents.expansion_rules.items()]
    for lists in (intents.slot_lists, slot_lists):
        for name, values in sorted(lists.items()):
            yield name, _described(values)


def _described(values: SlotList) -> object:
    if isinstance(values, TextSlotList):
        return [(value.text_in, value.context) for value in values.values]
    return values


def _as_data(grammar: Grammar) -> dict[str, Any]:
    return {**asdict(grammar), "arcs": [astuple(arc) for arc in grammar.arcs]}


def _from_data(data: Any) -> Grammar:
    return Grammar(
        language=str(data["language"]),
        arcs=tuple(Arc(int(a), int(b), str(label), float(p)) for a, b, label, p in data["arcs"]),
        ends={int(state): float(share) for state, share in data["ends"].items()},
        classes={str(key): tuple(map(str, phrases)) for key, phrases in data["classes"].items()},
        courtesies=tuple(map(str, data["courtesies"])),
    )


def _usual_blocks(writer: "_Writer", language: str) -> list[Block]:
    """Sentences that the intents package calls usual, where it does for this language."""
    package = import_module("home_assistant_intents")
    if language not in package.get_speech_to_phrase_languages():
        return []
    usual = Intents.from_dict(package.get_speech_to_phrase_intents(language))
    return [writer.block(name, data, usual) for name, data in _blocks(usual)]


def _blocks(intents: Intents) -> Iterator[tuple[str, IntentData]]:
    """Every block of sentences but those whose metadata say that they are `unheard`."""
    for name, intent in intents.intents.items():
        heard = (block for block in intent.data if not (block.metadata or {}).get("unheard"))
        yield from ((name, block) for block in heard if block.sentences)


def _as_grammar(
    automaton: Minimal,
    shares: Shares,
    classes: Mapping[str, tuple[str, ...]],
    courtesies: Sequence[str],
    language: str,
) -> Grammar:
    ways = [shares.of(state) for state in range(len(automaton.steps))]
    arcs = tuple(
        Arc(source, target, label, ways[source][label])
        for source, row in enumerate(automaton.steps)
        for label, target in row.items()
    )
    used = {arc.label for arc in arcs}
    return Grammar(
        language=language,
        arcs=arcs,
        ends={state: ways[state][END] for state in sorted(automaton.ends)},
        classes={key: values for key, values in classes.items() if key in used},
        courtesies=tuple(sorted(filter(None, map(sayable, courtesies)))),
    )


class _Writer:
    """Writes templates into a draft whose labels are pieces of words, spaces and classes."""

    def __init__(self, intents: Intents, slot_lists: Mapping[str, SlotList], language: str) -> None:
        self.draft = Draft()
        self.ends: set[int] = set()
        self.classes: dict[str, tuple[str, ...]] = {}
        self.blocks: list[Block] = []
        self._intents = intents
        self._names = slot_lists
        self._language = language

    def add(self, name: str, data: IntentData) -> None:
        """Allow the sentences of one block."""
        block = self.block(name, data, self._intents)
        self.blocks.append(block)
        write = _Expressions(self.draft, block.rules, block.class_of)
        self.ends.update(write(template.expression, 0) for template in block.templates)

    def block(self, name: str, data: IntentData, intents: Intents) -> Block:
        """A block with its rules and lists; classes are made as they are asked for."""
        lists = {**intents.slot_lists, **self._names, **data.slot_lists}
        domains = _domains(data.requires_context)
        return Block(
            name,
            data.sentences,
            {**intents.expansion_rules, **data.expansion_rules},
            lambda list_name: self._class(lists.get(list_name), list_name, domains),
        )

    def _class(self, values: SlotList | None, name: str, domains: tuple[str, ...]) -> str:
        """Key of the class for this list; empty when nothing can be said there."""
        if isinstance(values, RangeSlotList):
            key = f"{{{values.start}..{values.stop},{values.step},{values.fraction_type}}}"
        elif isinstance(values, TextSlotList):
            key = f"{{{name}:{','.join(domains)}}}" if name in _NAMED else f"{{{name}}}"
        else:
            return ""
        if key not in self.classes:
            phrases = phrases_of(values, domains, self._language)
            self.classes[key] = tuple(sorted(set(filter(None, map(sayable, phrases)))))
        return key if self.classes[key] else ""


class _Expressions:
    """Writes one expression after the other into a draft."""

    def __init__(
        self, draft: Draft, rules: Mapping[str, Template], class_of: Callable[[str], str]
    ) -> None:
        self._draft = draft
        self._rules = rules
        self._class_of = class_of

    def __call__(self, expression: Expression, source: int) -> int:
        """Write the expression from `source` on; returns the state after it."""
        if isinstance(expression, TextChunk):
            return self._labels(_PIECES.findall(expression.text.lower()), source)
        if isinstance(expression, ListReference):
            key = self._class_of(expression.list_name)
            return self._labels([key], source) if key else self._draft.state()
        if isinstance(expression, RuleReference):
            return self(self._rules[expression.rule_name].expression, source)
        if isinstance(expression, Permutation):
            return self._branches(permutations(expression.items), source, [SPACE])
        if isinstance(expression, Alternative):
            return self._branches(([item] for item in expression.items), source, [])
        assert isinstance(expression, Group)
        return self._sequence(expression.items, source)

    def _labels(self, labels: Iterable[str], source: int) -> int:
        for label in labels:
            target = self._draft.state()
            self._draft.step(source, label if label.strip("- ") else SPACE, target)
            source = target
        return source

    def _sequence(self, items: Iterable[Expression], source: int) -> int:
        for item in items:
            source = self(item, source)
        return source

    def _branches(
        self, branches: Iterable[Sequence[Expression]], source: int, apart: list[str]
    ) -> int:
        end = self._draft.state()
        for branch in branches:
            state = self._labels(apart, source)
            for item in branch:
                state = self._labels(apart, self(item, state))
            self._draft.step(state, EMPTY, end)
        return end


def _domains(context: Mapping[str, Any]) -> tuple[str, ...]:
    wanted = context.get("domain", ())
    return (wanted,) if isinstance(wanted, str) else tuple(sorted(wanted))
