"""The tools that a model calls, put together from the chunks of its answer. Pure."""

from dataclasses import dataclass
from typing import Any, Final

from device.dialog.base import ToolCall

_MOST_CALLS: Final = 16
"""More are not taken: nobody wants so much at once."""


@dataclass(slots=True)
class _Call:
    """One that is still arriving."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class Called:
    """Takes chunks of chat completions, whose calls come in pieces, each with its index."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}
        self.characters = 0
        """How long all of it is so far; who sums up without end is to be cut."""

    def add(self, chunk: Any) -> None:
        """Take an openai.types.chat.ChatCompletionChunk, or what a server sends in its place.

        Raises TypeError and AttributeError for what is none.
        """
        for choice in chunk.choices[:1]:
            for delta in choice.delta.tool_calls or ():
                self._take(delta)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """What is called, in order; what has no name is no call."""
        made = (self._calls[index] for index in sorted(self._calls))
        return tuple(
            ToolCall(call.id or f"call_{number}", call.name, call.arguments)
            for number, call in enumerate(made)
            if call.name
        )

    def _take(self, delta: Any) -> None:
        if not isinstance(delta.index, int | None):
            raise TypeError(f"index is {type(delta.index).__name__}")
        # Some servers send each call whole and number none.
        index = len(self._calls) if delta.index is None else delta.index
        if index not in self._calls and len(self._calls) >= _MOST_CALLS:
            return
        call = self._calls.setdefault(index, _Call())
        call.id = call.id or _text(delta.id)
        if delta.function is not None:
            call.name = call.name or _text(delta.function.name)
            call.arguments += _text(delta.function.arguments)
        self.characters = sum(len(one.name) + len(one.arguments) for one in self._calls.values())


def _text(value: Any) -> str:
    if not isinstance(value, str | None):
        raise TypeError(f"a part of a call is {type(value).__name__}")
    return value or ""
