"""How likely people say which sentence, without having heard any: by drawing from the templates.

An intent is the likelier the more templates were written for it (by the square root); then every
block, then every template is alike; of alternatives the first one written is the most usual
(Zipf: 1, 1/2, 1/3, ...). The words drawn are counted along
the automaton, and a step that was never drawn keeps a small share.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

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

from device.dialog.automaton import Minimal

END = ""
"""Label under which the end of a sentence is counted."""

_GAP = re.compile(r"[-\s]+")
_OPTIONAL_SAID = 0.5
_REORDERED = 0.4
_UNSEEN = 0.2


@dataclass(frozen=True, slots=True)
class Block:
    """Templates that mean one thing, with all that is needed to draw from them."""

    intent: str
    templates: Sequence[Template]
    rules: Mapping[str, Template]
    class_of: Callable[[str], str]
    """Class label of a list; empty when nothing can be said there."""


class Shares:
    """Counts drawn sentences along an automaton."""

    def __init__(self, automaton: Minimal, seed: int = 1) -> None:
        self._automaton = automaton
        self._random = random.Random(seed)
        self._counts: Counter[tuple[int, str]] = Counter()

    def draw(self, blocks: Sequence[Block], count: int) -> None:
        """Draw about `count` sentences; what cannot be said is left out."""
        by_intent: dict[str, list[Block]] = defaultdict(list)
        for block in blocks:
            by_intent[block.intent].append(block)
        intents = list(by_intent.values())
        usual = [sqrt(sum(len(block.templates) for block in intent)) for intent in intents]
        for intent in self._random.choices(intents, usual, k=count) if intents else ():
            block = self._random.choice(intent)
            pieces: list[str] = []
            if self._write(self._random.choice(block.templates).expression, block, pieces):
                self._count(_labels("".join(pieces)))

    def of(self, state: int) -> dict[str, float]:
        """Share of each label, and of END, on the way out of a state; they sum to 1."""
        labels = [*self._automaton.steps[state], *([END] if state in self._automaton.ends else [])]
        counts = {label: self._counts[state, label] + _UNSEEN for label in labels}
        whole = sum(counts.values())
        return {label: count / whole for label, count in counts.items()}

    def _count(self, labels: Sequence[str]) -> None:
        state, way = 0, []
        for label in labels:
            way.append((state, label))
            target = self._automaton.steps[state].get(label)
            if target is None:
                return
            state = target
        if state in self._automaton.ends:
            self._counts.update([*way, (state, END)])

    def _write(self, expression: Expression, block: Block, pieces: list[str]) -> bool:
        if isinstance(expression, TextChunk):
            pieces.append(expression.text.lower())
            return True
        if isinstance(expression, ListReference):
            label = block.class_of(expression.list_name)
            pieces.append(label)
            return bool(label)
        if isinstance(expression, RuleReference):
            return self._write(block.rules[expression.rule_name].expression, block, pieces)
        if isinstance(expression, Permutation):
            return self._permuted(expression, block, pieces)
        if isinstance(expression, Alternative):
            choice = self._choose(expression)
            return choice is None or self._write(choice, block, pieces)
        assert isinstance(expression, Group)
        return all(self._write(item, block, pieces) for item in expression.items)

    def _permuted(self, expression: Permutation, block: Block, pieces: list[str]) -> bool:
        items = list(expression.items)
        if self._random.random() < _REORDERED:
            self._random.shuffle(items)
        for item in items:
            pieces.append(" ")
            if not self._write(item, block, pieces):
                return False
            pieces.append(" ")
        return True

    def _choose(self, expression: Alternative) -> Expression | None:
        items = expression.items
        if expression.is_optional:
            items = [item for item in items if not (isinstance(item, TextChunk) and item.is_empty)]
            if not items or self._random.random() > _OPTIONAL_SAID:
                return None
        weights = [1 / rank for rank in range(1, len(items) + 1)]
        return self._random.choices(items, weights)[0]


def _labels(text: str) -> list[str]:
    return _GAP.sub(" ", text.replace("{", " {").replace("}", "} ")).split()
