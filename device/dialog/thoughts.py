"""What a model thinks before it answers, where its server hands that on as text. Pure.

Some servers (llama.cpp and vLLM without a reasoning parser) stream <think> ... </think> in front of
the answer. Nobody wants to hear it.
"""

from collections.abc import Callable
from typing import Final

_BEGIN: Final = "<think>"
_END: Final = "</think>"


class Thoughts:
    """Takes text as it arrives and gives what is no thought."""

    def __init__(self) -> None:
        self._held = ""
        self._take: Callable[[str], str] = self._opening

    def feed(self, delta: str) -> str:
        """What is to be heard of the text so far and was not given before."""
        return self._take(delta)

    def _opening(self, delta: str) -> str:
        self._held += delta
        start = self._held.lstrip()
        if start.startswith(_BEGIN):
            self._held, self._take = "", self._thinking
            return self._take(start)
        if _BEGIN.startswith(start):
            return ""
        self._take = _answer
        return self._held

    def _thinking(self, delta: str) -> str:
        head, found, rest = (self._held + delta).partition(_END)
        if not found:
            self._held = head[-len(_END) :]
            return ""
        self._take = self._after
        return self._take(rest)

    def _after(self, delta: str) -> str:
        """The space between a thought and the answer is nobody's."""
        said = delta.lstrip()
        if said:
            self._take = _answer
        return said


def _answer(delta: str) -> str:
    return delta
