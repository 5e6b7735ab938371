"""What was said lately and what was heard of the answers. Pure.

An answer that nobody heard was not given, and its question is forgotten with it. The last turns
are kept word for word, older ones in one line each; turns that somebody calls important outlive
those. A conversation ends with a silence, and then all of it is forgotten.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device.dialog.gist import clipped, gist, is_important, tokens
from device.dialog.topics import TALK, Topics

_IMPORTANT: Final = 10
_SAID_TOKENS, _HEARD_TOKENS = 200, 1_000
"""Longer ones are kept no further."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a conversation is kept."""

    tokens: int = 1_500
    """Of everything that is recalled, about."""
    silence_seconds: float = 300.0
    """A conversation ends after so long a silence."""
    turns: int = 10
    verbatim: int = 5
    """The last ones, kept word for word."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One sentence and its answer."""

    said: str
    """What the person said."""
    heard: str
    """What was heard of the answer; never empty."""
    completed: bool = True
    """False: the answer was cut."""
    topic: int = 0
    """Number of what it was about."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is worth knowing of a conversation before the next sentence is answered."""

    summary: str = ""
    """What a model made of older turns."""
    notes: tuple[str, ...] = ()
    """Older turns that were called important or are about the same, one line each."""
    exchanges: tuple[Exchange, ...] = ()
    """The last turns, the oldest first."""


class History:
    """The last exchanges of one conversation."""

    def __init__(
        self, limits: Limits | None = None, now: Callable[[], float] = lambda: 0.0
    ) -> None:
        """`now` gives seconds on any clock that never goes back."""
        self._limits = limits or Limits()
        self._now = now
        self._number = 0
        self.on_heard: Callable[[], None] = _nothing
        """Called when an answer was heard, so that nobody waits for one."""
        self.forget()

    def forget(self) -> None:
        """A new conversation begins."""
        limits = self._limits
        self._exchanges: deque[Exchange] = deque(maxlen=limits.verbatim)
        self._older: deque[Exchange] = deque(maxlen=max(1, limits.turns - limits.verbatim))
        self._important: deque[str] = deque(maxlen=_IMPORTANT)
        self._summary = ""
        self._said, self._topic = "", 0
        self._heard_at = self._now()
        self._topics = Topics()
        self._number += 1

    @property
    def number(self) -> int:
        """Counts conversations up."""
        self._end_after_silence()
        return self._number

    @property
    def topics(self) -> Topics:
        """What this conversation is about."""
        self._end_after_silence()
        return self._topics

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The last ones word for word, the oldest first."""
        self._end_after_silence()
        return tuple(self._exchanges)

    @property
    def unsummarised(self) -> tuple[Exchange, ...]:
        """Older ones that a model may still summarise."""
        return tuple(self._older)

    @property
    def summary(self) -> str:
        """What a model made of still older ones."""
        return self._summary

    def add(self, said: str, kind: str = TALK) -> bool:
        """A person said this, of a kind; what was said before and not answered is forgotten.

        Whether it is about something else than what was said before.
        """
        self._end_after_silence()
        self._heard_at = self._now()
        self._said = clipped(said, _SAID_TOKENS)
        changed = self._topics.note(kind, said)
        self._topic = self._topics.current.number
        return changed

    def heard(self, text: str, *, completed: bool = True) -> None:
        """So much of the answer was heard; what answers nobody (an announcement) is not kept."""
        self._heard_at = self._now()
        said, self._said = self._said, ""
        if said and text.strip():
            if len(self._exchanges) == self._limits.verbatim:
                self._shorten(self._exchanges[0])
            heard = clipped(text.strip(), _HEARD_TOKENS)
            self._exchanges.append(Exchange(said, heard, completed, self._topic))
            self.on_heard()

    def summarised(self, exchanges: tuple[Exchange, ...], summary: str) -> None:
        """A model made this of these and of the summary so far; too late once they are gone."""
        if exchanges and exchanges == tuple(self._older)[: len(exchanges)]:
            for _ in exchanges:
                self._older.popleft()
            self._summary = clipped(summary, self._limits.tokens // 4)

    def recalled(self, text: str) -> Recalled:
        """What matters for an answer to `text`, in no more tokens than allowed."""
        self._end_after_silence()
        budget = _Budget(self._limits.tokens)
        exchanges = [one for one in reversed(self._exchanges) if budget.allows(one.said, one.heard)]
        topic = self._topics.of(TALK, text).number
        related = [one for one in self._older if one.topic == topic]
        lines = [*self._important, *(gist(one.said, one.heard) for one in related)]
        notes = [line for line in reversed(lines) if budget.allows(line)]
        summary = self._summary if budget.allows(self._summary) else ""
        return Recalled(summary, tuple(reversed(notes)), tuple(reversed(exchanges)))

    def _shorten(self, exchange: Exchange) -> None:
        if is_important(exchange.said):
            self._important.append(gist(exchange.said, exchange.heard))
        else:
            self._older.append(exchange)

    def _end_after_silence(self) -> None:
        if self._now() - self._heard_at > self._limits.silence_seconds:
            self.forget()


def _nothing() -> None:
    """For who wants to know nothing."""


class _Budget:
    """Tokens that are left; what does not fit any more ends it, so that nothing has a gap."""

    def __init__(self, most: int) -> None:
        self._left = most

    def allows(self, *texts: str) -> bool:
        """Whether these fit too."""
        self._left -= sum(tokens(text) for text in texts)
        return self._left >= 0
