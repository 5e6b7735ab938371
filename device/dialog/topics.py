"""What a conversation is about, and when it is about something else. Pure."""

import re
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from device.dialog.intents import AGENDA_INTENTS, HOME_INTENTS, QUERY_INTENTS, TIMER_INTENTS

TALK: Final = "talk"
"""Kind of what a model or an assistant answered."""
_KINDS: Final = {
    **dict.fromkeys((*HOME_INTENTS, *QUERY_INTENTS), "home"),
    **dict.fromkeys(TIMER_INTENTS, "timers"),
    **dict.fromkeys(AGENDA_INTENTS, "agenda"),
}
_PAST: Final = 10
_FEW_WORDS: Final = 4
"""So short a question goes on with what was spoken of: "and in winter?"."""
_MOST_WORDS: Final = 60
_WORD: Final = re.compile(r"[^\W_]+")
_WIDE: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
_LEAST_LETTERS: Final = 4
"""Shorter words say little about what a sentence is about."""
_POINTING: Final = re.compile(
    r"\b(?:it|its|that|this|them|they|he|she|him|her|his|their|there|then|these|those|why"
    r"|er|sie|ihn|ihm|dort|dann|warum|wieso|il|elle|ils|elles|ça|cela|leur|pourquoi"
    r"|él|ella|ellos|eso|esto|allí|entonces|por qué)\b"
    r"|它|他|她|这|那|为什么|それ|その|これ|この|彼|なぜ|どうして|그것|그건|그는|그럼|왜",
    re.IGNORECASE,
)
"""Words that stand for what was spoken of."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that is spoken of."""

    number: int = 0
    """Counts topics up; 0: nothing was spoken of yet."""
    kind: str = ""
    """home, timers, agenda or talk."""
    words: frozenset[str] = frozenset()
    """What it is about, of talk."""


class Topics:
    """The topic of a conversation, and those before it."""

    def __init__(self) -> None:
        self.current = Topic()
        self._past: deque[Topic] = deque(maxlen=_PAST)

    @property
    def past(self) -> tuple[Topic, ...]:
        """Topics that were left, the oldest first."""
        return tuple(self._past)

    def of(self, kind: str, text: str) -> Topic:
        """The topic that a sentence of a kind belongs to: this one, one of before, or a new one.

        An empty kind, as of "louder", is about nothing and changes no topic.
        """
        current = self.current
        if not kind:
            return current
        words = content_words(text) if kind == TALK else frozenset[str]()
        known = [one for one in (current, *reversed(self._past)) if one.kind == kind]
        for topic in known:
            if kind != TALK or words & topic.words:
                return _with(topic, words)
        if kind == current.kind and _goes_on(text):
            return _with(current, words)
        newest = max((current.number, *(topic.number for topic in self._past)))
        return Topic(newest + 1, kind, words)

    def note(self, kind: str, text: str) -> bool:
        """A sentence of a kind was said; whether the topic has changed with it."""
        topic = self.of(kind, text)
        changed = topic.number != self.current.number
        if changed and self.current.number:
            self._past.append(self.current)
        self._past = deque((one for one in self._past if one.number != topic.number), _PAST)
        self.current = topic
        return changed


def kind_of(intent: str) -> str:
    """Of what kind the topic of an intent is; empty where it is about nothing."""
    return _KINDS.get(intent, "")


def content_words(text: str) -> frozenset[str]:
    """The words of a sentence that tell what it is about; of Chinese and Japanese pairs of signs.

    Without lists of words: short ones and those that point elsewhere are left out.
    """
    found: dict[str, None] = {}
    for word in _WORD.findall(_POINTING.sub(" ", text.casefold())):
        if _WIDE.search(word):
            found.update((word[at : at + 2], None) for at in range(max(1, len(word) - 1)))
        elif len(word) >= (_LEAST_LETTERS if word.isascii() else 2):
            found[word] = None
    return frozenset(list(found)[:_MOST_WORDS])


def _goes_on(text: str) -> bool:
    """Whether a sentence is about what was spoken of, though it has none of its words."""
    is_short = len(_WORD.findall(text)) <= _FEW_WORDS and not _WIDE.search(text)
    return is_short or _POINTING.search(text) is not None


def _with(topic: Topic, words: frozenset[str]) -> Topic:
    kept = sorted(topic.words)[: _MOST_WORDS - len(words)] if words else topic.words
    return replace(topic, words=words.union(kept))
