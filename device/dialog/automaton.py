"""Automata over labels: put sentences in, take the smallest deterministic automaton out."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

EMPTY = ""
"""Label of a step that says nothing."""


@dataclass(slots=True)
class Draft:
    """A nondeterministic automaton that grows while templates are read."""

    steps: dict[int, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    """Labelled steps by source state."""
    states: int = 1
    """States so far; state 0 is the start."""

    def state(self) -> int:
        """A fresh state."""
        self.states += 1
        return self.states - 1

    def step(self, source: int, label: str, target: int) -> None:
        """Allow `label` between two states."""
        self.steps[source].append((label, target))


@dataclass(frozen=True, slots=True)
class Minimal:
    """A deterministic automaton with as few states as possible; state 0 is the start."""

    steps: tuple[dict[str, int], ...]
    """Target by label, for each state."""
    ends: frozenset[int]


def minimal(draft: Draft, ends: Iterable[int]) -> Minimal:
    """Determinise by subsets, then merge states that allow the same futures."""
    steps, final = _determinise(draft, frozenset(ends))
    return _merge(steps, final)


def _closure(draft: Draft, states: Iterable[int]) -> frozenset[int]:
    reached = set(states)
    waiting = list(reached)
    while waiting:
        for label, target in draft.steps.get(waiting.pop(), ()):
            if label == EMPTY and target not in reached:
                reached.add(target)
                waiting.append(target)
    return frozenset(reached)


def _determinise(draft: Draft, ends: frozenset[int]) -> tuple[list[dict[str, int]], set[int]]:
    first = _closure(draft, [0])
    number = {first: 0}
    waiting = [first]
    steps: list[dict[str, int]] = []
    for subset in waiting:
        moves: dict[str, set[int]] = defaultdict(set)
        for state in subset:
            for label, target in draft.steps.get(state, ()):
                if label != EMPTY:
                    moves[label].add(target)
        row: dict[str, int] = {}
        for label, targets in moves.items():
            goal = _closure(draft, targets)
            if goal not in number:
                number[goal] = len(waiting)
                waiting.append(goal)
            row[label] = number[goal]
        steps.append(row)
    return steps, {index for subset, index in number.items() if subset & ends}


def _merge(steps: list[dict[str, int]], final: set[int]) -> Minimal:
    """Partition refinement (Moore 1956): split blocks until every block has one future."""
    block = [int(state in final) for state in range(len(steps))]
    count = 0
    while True:
        seen: dict[Hashable, int] = {}
        fresh = []
        for state, row in enumerate(steps):
            future = (block[state], frozenset((label, block[goal]) for label, goal in row.items()))
            fresh.append(seen.setdefault(future, len(seen)))
        block = fresh
        if len(seen) == count:
            break
        count = len(seen)
    merged: list[dict[str, int]] = [{} for _ in range(count)]
    for state, row in enumerate(steps):
        merged[block[state]] = {label: block[goal] for label, goal in row.items()}
    return Minimal(tuple(merged), frozenset(block[state] for state in final))
