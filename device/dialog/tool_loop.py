"""An answer of a model that may want something done before it goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Final

from device.dialog.base import Calls, ToolCall
from device.dialog.completion import Completion
from device.dialog.llm_server import LlmServer
from device.dialog.tools import Json
from device.errors import LlmAstray

_MOST_ROUNDS: Final = 5
"""So often it may want something; then it has to answer."""


class ToolLoop:
    """An AnswerStream: words, and calls whose results the model is told."""

    def __init__(
        self, server: LlmServer, messages: Sequence[Json], tools: Sequence[Json],
        temperature: float | None = None,
    ) -> None:  # fmt: skip
        """Ask now. Raises LlmHurried and LlmSpent."""
        self.server = server
        """Who answers."""
        self._messages = list(messages)
        self._tools = tools
        self._temperature = temperature
        self._completion = server.complete(self._messages, tools, temperature=temperature)
        self._pieces = self._all()

    async def begun(self) -> None:
        """Return when the answer has begun. Raises LlmError when it failed before that."""
        await self._completion.begun()

    def __aiter__(self) -> "ToolLoop":
        return self

    async def __anext__(self) -> str | Calls:
        """The next piece. Raises LlmError when the rest does not come."""
        return await anext(self._pieces)

    async def aclose(self) -> None:
        """Break the connection off when the answer has not ended; idempotent."""
        await self._completion.aclose()

    async def _all(self) -> AsyncIterator[str | Calls]:
        for left in reversed(range(_MOST_ROUNDS + 1)):
            words, calls = "", tuple[ToolCall, ...]()
            try:
                async for piece in self._completion:
                    if isinstance(piece, str):
                        words += piece
                        yield piece
                    else:
                        calls = piece
            except LlmAstray:
                if left == _MOST_ROUNDS:
                    raise
                return  # it did something and has nothing to add
            if not calls:
                return
            if not left:
                break
            wanted = Calls(calls, asyncio.get_running_loop().create_future())
            yield wanted
            self._note(words, calls, await wanted.results)
            if words:
                yield "\n"
            self._completion = await self._go_on(self._tools if left > 1 else ())
        raise LlmAstray(f"the language model wanted something {_MOST_ROUNDS} times, and then more")

    async def _go_on(self, tools: Sequence[Json]) -> Completion:
        """Something was done: nothing is asked twice from here on."""
        await self._completion.aclose()
        return self.server.complete(
            self._messages, tools, may_repeat=False, temperature=self._temperature
        )

    def _note(self, words: str, calls: Sequence[ToolCall], results: Sequence[str]) -> None:
        called = [
            {
                "id": call.id, "type": "function",
                "function": {"name": call.name, "arguments": _readable(call.arguments)},
            }
            for call in calls
        ]  # fmt: skip
        self._messages.append({"role": "assistant", "content": words or None, "tool_calls": called})
        for call, result in zip(calls, results, strict=True):
            self._messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def _readable(arguments: str) -> str:
    """What a server can read that takes the arguments of a call apart."""
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return "{}"
    return arguments if isinstance(given, dict) else "{}"
