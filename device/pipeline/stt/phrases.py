"""The few things that are expected to be said: an answer to a question, a word that ends a bell."""

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher

from device.grammar import Arc, Grammar
from device.types import Transcript

_SIGNS = re.compile(r"[^\w\s'.]|_")
_WORD = re.compile(r"[^\W\d_]+(?:['.][^\W\d_]*)*")
_LETTERS = re.compile(r"(?:[^\W\d_]\.){2,}")
"""An abbreviation, as the dictionary writes it: t.v."""
_CLASS = "{phrase}"
_LEAST_LIKENESS = 0.88
"""Of each word: "leaves" is "leave", but "unlocked" is not "locked", and "now" is not "no"."""


def normal(text: str) -> str:
    """The text in lower-case words, without signs."""
    words = _SIGNS.sub(" ", text.lower().replace("\u2019", "'")).split()
    bare = (word if _LETTERS.fullmatch(word) else word.strip("'.") for word in words)
    return " ".join(filter(None, bare))


def phrase_grammar(
    phrases: Iterable[str], language: str, courtesies: tuple[str, ...] = ()
) -> Grammar:
    """A grammar of these phrases, all alike; without arcs when none of them can be said."""
    sayable = tuple(
        text for text in dict.fromkeys(map(normal, phrases)) if text and _is_sayable(text)
    )
    if not sayable:
        return Grammar(language, (), {})
    return Grammar(language, (Arc(0, 1, _CLASS),), {1: 1.0}, {_CLASS: sayable}, courtesies)


def contained(text: str, phrases: Iterable[str]) -> str:
    """The longest phrase, as it was given, that these words hold; empty when none."""
    padded = f" {normal(text)} "
    held = [one for one in phrases if normal(one) and f" {normal(one)} " in padded]
    return max(held, key=lambda one: len(normal(one)), default="")


def nearest(text: str, phrases: Iterable[str]) -> str:
    """The phrase, as it was given, that the text means; empty when none or more than one does.

    Another spelling is forgiven, another word is not.
    """
    heard = normal(text)
    alike = {phrase: _likeness(heard, normal(phrase)) for phrase in phrases}
    best = max(alike.values(), default=0.0)
    nearest_ones = [phrase for phrase, likeness in alike.items() if likeness == best]
    means_one = len({normal(phrase) for phrase in nearest_ones}) == 1
    return nearest_ones[0] if best >= _LEAST_LIKENESS and means_one else ""


def as_phrase(heard: Transcript, phrases: Iterable[str]) -> Transcript:
    """What was heard as the phrase it means; empty text, with the confidence, when none."""
    return replace(heard, text=nearest(heard.text, phrases), segments=())


def _is_sayable(text: str) -> bool:
    return all(_WORD.fullmatch(word) for word in text.split())


def _likeness(one: str, other: str) -> float:
    """That of the words that are least alike, 0 to 1; gaps between words mean nothing."""
    if one.replace(" ", "") == other.replace(" ", ""):
        return float(one != "")
    pairs = list(zip(one.split(), other.split(), strict=False))
    if len(one.split()) != len(other.split()):
        return 0.0
    return min(SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in pairs)
