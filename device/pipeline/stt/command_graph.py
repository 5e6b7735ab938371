"""A grammar as the transitions of a finite-state search.

The phrases of a class are written once for every state that they lead to, and not once for every
way into them: two thousand names are said in hundreds of places.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from device.grammar import Grammar

_COURTESY_SHARE = 0.03
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class CommandGraph:
    """Transitions are (source, target, share, word); an empty word says nothing."""

    transitions: tuple[tuple[int, int, float, str], ...]
    start: int
    final: int

    @property
    def text(self) -> str:
        """The same in the FSG form of CMU Sphinx."""
        states = 1 + max(max(source, target) for source, target, _, _ in self.transitions)
        lines = (
            f"TRANSITION {source} {target} {share:.9g} {word}".rstrip()
            for source, target, share, word in self.transitions
        )
        head = (f"FSG_BEGIN\nNUM_STATES {states}", f"START_STATE {self.start}")
        return "\n".join((*head, f"FINAL_STATE {self.final}", *lines, "FSG_END\n"))


def command_graph(grammar: Grammar) -> CommandGraph:
    """Put the phrases of each class in its place, and courtesies around the sentence."""
    return _Builder(grammar).graph


@dataclass(frozen=True, slots=True)
class _Node:
    """A place inside a class: how many phrases end here, and what the others go on with."""

    ends: int
    ways: tuple[tuple[str, "_Node"], ...]

    @property
    def further(self) -> int:
        """Phrases that go on."""
        return sum(node.ends + node.further for _, node in self.ways)


class _Builder:
    def __init__(self, grammar: Grammar) -> None:
        highest = max((max(arc.source, arc.target) for arc in grammar.arcs), default=0)
        self._states = highest + 1
        self._transitions: list[tuple[int, int, float, str]] = []
        self._places: dict[tuple[int, tuple[tuple[str, _Node], ...]], int] = {}
        classes = {key: _tree(phrases) for key, phrases in grammar.classes.items()}
        for arc in grammar.arcs:
            if arc.label in classes:
                first = self._inside(classes[arc.label], arc.target)
                self._add(arc.source, first, arc.share, "")
            else:
                self._add(arc.source, arc.target, arc.share, arc.label)
        start, last, final = self._state(), self._state(), self._state()
        for state, share in grammar.ends.items():
            self._add(state, last, share, "")
        for source, target in ((start, 0), (last, final)):
            self._add(source, target, 1 - _COURTESY_SHARE, "")
            if grammar.courtesies:
                self._expand(_tree(grammar.courtesies), source, target, _COURTESY_SHARE)
        self.graph = CommandGraph(tuple(self._transitions), start, final)

    def _state(self) -> int:
        self._states += 1
        return self._states - 1

    def _add(self, source: int, target: int, share: float, word: str) -> None:
        self._transitions.append((source, target, max(share, _LEAST_SHARE), word))

    def _expand(self, node: _Node, source: int, target: int, share: float) -> None:
        """Write the ways on from a place; equal endings before one target are written once."""
        part = share / node.further
        for word, after in node.ways:
            if after.ends:
                self._add(source, target, part * after.ends, word)
            if after.ways:
                self._add(source, self._inside(after, target), part * after.further, word)

    def _inside(self, node: _Node, target: int) -> int:
        key = (target, node.ways)
        if key not in self._places:
            self._places[key] = self._state()
            self._expand(node, self._places[key], target, 1.0)
        return self._places[key]


def _tree(phrases: Iterable[str]) -> _Node:
    return _node(sorted({tuple(phrase.split()) for phrase in phrases}))


def _node(phrases: list[tuple[str, ...]]) -> _Node:
    going_on = [phrase for phrase in phrases if phrase]
    ways = tuple(
        (word, _node([phrase[1:] for phrase in group]))
        for word, group in groupby(going_on, key=itemgetter(0))
    )
    return _Node(len(phrases) - len(going_on), ways)
