"""How written templates are said: whole words, names, numbers."""

import re
from collections.abc import Iterable, Iterator

from hassil.intents import RangeSlotList, TextSlotList
from hassil.numbers import get_rbnf_engine
from hassil.sample import sample_expression

from device.dialog.automaton import EMPTY, Draft

SPACE = " "
"""Label of the gap between two words."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019.][^\W\d_]*)*")
_NUMBER = re.compile(r"\d+")
_MOST_VARIANTS = 20


def sayable(text: str) -> str:
    """The text as lower-case words; empty when it holds signs that are not said."""
    words = text.lower().replace("\u2019", "'").replace("-", " ").replace(",", " ").split()
    return " ".join(words) if all(_WORD.fullmatch(word) for word in words) else ""


def phrases_of(
    values: RangeSlotList | TextSlotList, domains: tuple[str, ...], language: str
) -> Iterator[str]:
    """What can be said for a list; of names only those whose domain is among `domains`, if any."""
    if isinstance(values, RangeSlotList):
        yield from _numbers(values, language)
        return
    for value in values.values:
        domain = (value.context or {}).get("domain")
        if domains and domain is not None and domain not in domains:
            continue
        for count, text in enumerate(sample_expression(value.text_in, {}, {}, language=language)):
            if count < _MOST_VARIANTS:
                yield spell_numbers(text, language)


def spell_numbers(text: str, language: str) -> str:
    """The text with its digits as words."""
    engine = get_rbnf_engine(language)
    return _NUMBER.sub(lambda digits: f" {engine.format_number(int(digits[0])).text} ", text)


def _numbers(values: RangeSlotList, language: str) -> Iterator[str]:
    engine = get_rbnf_engine(language)
    for number in values.get_numbers():
        yield engine.format_number(number).text


def whole_words(draft: Draft, ends: Iterable[int]) -> tuple[Draft, set[int]]:
    """Join pieces of words: the same sentences with one step for each word or class.

    A word next to a class without a space between, and signs that are not said, end nowhere.
    """
    joiner = _Joiner(draft, frozenset(ends))
    waiting = [0]
    while waiting:
        waiting.extend(joiner.join(waiting.pop()))
    return joiner.words, joiner.ends


class _Joiner:
    """Walks a draft of pieces and writes a draft of words; both number a word's start alike."""

    def __init__(self, pieces: Draft, ends: frozenset[int]) -> None:
        self.words = Draft(states=pieces.states + 1)
        self.ends: set[int] = {pieces.states}
        self._pieces = pieces
        self._piece_ends = ends
        self._done: set[int] = set()

    def join(self, start: int) -> list[int]:
        """Write every word that begins at `start`; returns where further words may begin."""
        if start in self._done:
            return []
        self._done.add(start)
        further: list[int] = []
        seen: set[tuple[int, str]] = set()
        waiting = [(start, EMPTY)]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            state, text = here
            if state in self._piece_ends:
                self._emit(start, text, self._pieces.states)
            for piece, target in self._pieces.steps.get(state, ()):
                if piece == SPACE and text:
                    self._emit(start, text, target)
                    further.append(target)
                elif piece in (EMPTY, SPACE):
                    waiting.append((target, text))
                elif not (piece.startswith("{") and text) and not text.startswith("{"):
                    waiting.append((target, text + piece))
        return further

    def _emit(self, source: int, text: str, target: int) -> None:
        if not text:
            self.words.step(source, EMPTY, target)
        elif text.startswith("{"):
            self.words.step(source, text, target)
        elif word := sayable(text):
            self.words.step(source, word, target)
