"""What can be said to the speaker, as data: the closed vocabulary of one home in one language.

`dialog` makes it from sentence templates and `pipeline` listens with it, so it lives below both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Arc:
    """One step of a sentence: a word, or a class that stands for any of its phrases."""

    source: int
    target: int
    label: str
    """A word in lower case, or a key of `Grammar.classes`, which always begins with `{`."""
    share: float = 1.0
    """How often people go on this way from `source`, above 0; all ways and the end make 1."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """A minimal deterministic automaton; a sentence is a way from state 0 to an end."""

    language: str
    """Two-letter code."""
    arcs: tuple[Arc, ...]
    ends: Mapping[int, float]
    """Share of sentences that stop there, by state."""
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phrases of each class (names, areas, numbers), as they are said, in lower case."""
    courtesies: tuple[str, ...] = ()
    """Phrases that may stand before or after a sentence and mean nothing, e.g. please."""

    @property
    def words(self) -> frozenset[str]:
        """Every word that can be said."""
        plain = {arc.label for arc in self.arcs if not arc.label.startswith("{")}
        phrases = (phrase for values in self.classes.values() for phrase in values)
        return frozenset(plain.union(*(phrase.split() for phrase in (*phrases, *self.courtesies))))
