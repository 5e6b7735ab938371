"""Asks language models what the speaker itself does not understand, one after the other.

Any server that speaks OpenAI's chat completions will do (package openai). The answer is told as
it arrives; what it says is data: it is spoken, and what it wants done is asked of who does it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from device.dialog.base import Answer
from device.dialog.history import History
from device.dialog.llm_server import LlmServer
from device.dialog.memory import remembered
from device.dialog.prompts import system_prompt
from device.dialog.tool_loop import ToolLoop
from device.dialog.tools import Json
from device.errors import LlmError

_LOGGER = logging.getLogger(__name__)

_UNCLAIMED_SECONDS: Final = 5.0
"""A question that was asked early is dropped when nobody wants its answer for so long."""


class Tools(Protocol):
    """What a model may use, and what it is told of the home."""

    def definitions(self) -> Sequence[Json]:
        """Name, description and parameters of each tool."""
        ...

    def premises(self, question: str) -> str:
        """What it needs to know to use them."""
        ...


@dataclass(slots=True)
class _Early:
    """A question that was asked before it was known to be whole."""

    text: str
    language: str
    answer: ToolLoop
    dropping: asyncio.TimerHandle


class LanguageModel:
    """Models on servers, in the order in which they are asked."""

    def __init__(
        self, servers: Sequence[LlmServer], history: History, tools: Tools | None = None,
        profile: Callable[[], Sequence[str]] = tuple, *, early: bool = True,
        temperature: Callable[[], float | None] = lambda: None,
    ) -> None:  # fmt: skip
        """`history` is told by others and only read here; `profile`: what is known of people.

        Without `tools` they only talk. `temperature`: how freely they answer; None: as usual.
        """
        self._servers = tuple(servers)
        self._begins_early = early
        self._temperature = temperature
        self._tools = tools
        self._history = history
        self._profile = profile
        self._early: _Early | None = None
        self._dropped: set[asyncio.Task[None]] = set()
        self.thrown_away = 0
        """Questions that were asked early in vain."""

    def begin(self, text: str, language: str) -> None:
        """Ask now what `answer` will probably be called for, where that is configured."""
        if not self._begins_early:
            return
        if self._early is not None and (self._early.text, self._early.language) == (text, language):
            return
        self.drop()
        for server in self._servers:
            try:
                answer = self._ask(server, text, language)
            except LlmError:  # `answer` tells why
                continue
            loop = asyncio.get_running_loop()
            dropping = loop.call_later(_UNCLAIMED_SECONDS, self.drop)
            self._early = _Early(text, language, answer, dropping)
            return

    def drop(self) -> None:
        """The sentence went on: what was asked early is of no use."""
        early, self._early = self._early, None
        if early is not None:
            early.dropping.cancel()
            self.thrown_away += 1
            closing = asyncio.create_task(early.answer.aclose(), name="llm-drop")
            self._dropped.add(closing)
            closing.add_done_callback(self._dropped.discard)

    async def answer(self, text: str, language: str) -> Answer | None:
        """The answer of the first that begins one; the rest of it follows in `Answer.stream`.

        Raises LlmError and its kin; so does the stream when the rest fails to come.
        """
        early = self._claim(text, language)
        failures: list[LlmError] = []
        for server in self._servers[self._servers.index(early.server) if early else 0 :]:
            try:
                answer = early or self._ask(server, text, language)
                early = None
                return Answer("", language, stream=await _begun(answer))
            except LlmError as error:
                _LOGGER.info("%s [%s]", error, error.code)
                failures.append(error)
        # That nobody is reached says less than why somebody must not be asked.
        raise next((one for one in reversed(failures) if type(one) is not LlmError), failures[-1])

    async def close(self) -> None:
        """Drop what was asked; idempotent."""
        self.drop()
        await asyncio.gather(*self._dropped)

    def _claim(self, text: str, language: str) -> ToolLoop | None:
        early = self._early
        if early is None or (early.text, early.language) != (text, language):
            self.drop()
            return None
        self._early = None
        early.dropping.cancel()
        return early.answer

    def _ask(self, server: LlmServer, text: str, language: str) -> ToolLoop:
        """Ask one of them. Raises LlmError when it must not be asked."""
        server.check()
        tools = self._tools
        about = "" if tools is None else tools.premises(text)
        told = messages(self._history, text, language, self._profile(), about)
        definitions = () if tools is None else tools.definitions()
        return ToolLoop(server, told, definitions, self._temperature())


async def _begun(answer: ToolLoop) -> ToolLoop:
    try:
        await answer.begun()
    except BaseException:
        await answer.aclose()
        raise
    return answer


def messages(
    history: History, text: str, language: str, profile: Sequence[str] = (), about: str = ""
) -> list[Json]:
    """What the model is told: who it is, about the home, what it is to remember, the question."""
    return [
        {"role": "system", "content": "\n".join(filter(None, (system_prompt(language), about)))},
        *remembered(history, text, profile),
        {"role": "user", "content": text},
    ]
