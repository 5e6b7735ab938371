"""What was said lately and what was heard of the answers. Pure.

An answer that nobody heard was not given, and its question is forgotten with it.
"""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One sentence and its answer."""

    said: str
    """What the person said."""
    heard: str
    """What was heard of the answer; never empty."""
    completed: bool = True
    """False: the answer was cut."""


class History:
    """The last exchanges of one conversation."""

    def __init__(self, size: int = 10) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=size)
        self._said = ""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The oldest first."""
        return tuple(self._exchanges)

    def add(self, said: str) -> None:
        """A person said this; what was said before and not answered is forgotten."""
        self._said = said

    def heard(self, text: str, *, completed: bool = True) -> None:
        """So much of the answer was heard; what answers nobody (an announcement) is not kept."""
        said, self._said = self._said, ""
        if said and text.strip():
            self._exchanges.append(Exchange(said, text.strip(), completed))
