"""Asks a language model what the speaker itself does not understand.

Any server that speaks OpenAI's chat completions will do (package openai). The answer is told as
it arrives; what it says is data: it is spoken, and nothing else.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from device.config import LlmConfig
from device.dialog.base import Answer
from device.dialog.completion import Completion, Limits
from device.dialog.history import History
from device.dialog.llm_client import LlmClient
from device.dialog.memory import remembered
from device.dialog.prompts import system_prompt
from device.outside import Outside

_TEMPERATURE: Final = 0.7
_UNCLAIMED_SECONDS: Final = 5.0
"""A question that was asked early is dropped when nobody wants its answer for so long."""


@dataclass(slots=True)
class _Early:
    """A question that was asked before it was known to be whole."""

    text: str
    language: str
    completion: Completion
    dropping: asyncio.TimerHandle


class LanguageModel:
    """One model on one server."""

    def __init__(
        self, client: LlmClient, config: LlmConfig, history: History, outside: Outside,
        profile: Callable[[], Sequence[str]] = tuple,
    ) -> None:  # fmt: skip
        """`history` is told by others and only read here; `profile`: what is known of people."""
        self._client = client
        self._begins_early = config.early
        self._limits = Limits(config.first_token_seconds, config.total_seconds)
        self._history = history
        self._profile = profile
        self._outside = outside
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
        loop = asyncio.get_running_loop()
        dropping = loop.call_later(_UNCLAIMED_SECONDS, self.drop)
        self._early = _Early(text, language, self._ask(text, language), dropping)

    def drop(self) -> None:
        """The sentence went on: what was asked early is of no use."""
        early, self._early = self._early, None
        if early is not None:
            early.dropping.cancel()
            self.thrown_away += 1
            closing = asyncio.create_task(early.completion.aclose(), name="llm-drop")
            self._dropped.add(closing)
            closing.add_done_callback(self._dropped.discard)

    async def answer(self, text: str, language: str) -> Answer | None:
        """The model's answer as soon as it begins; the rest of it follows in `Answer.stream`.

        Raises LlmError, LlmBusy and LlmRefused; so does the stream when the rest fails to come.
        """
        completion = self._claim(text, language) or self._ask(text, language)
        try:
            await completion.begun()
        except BaseException:
            await completion.aclose()
            raise
        return Answer("", language, stream=completion)

    async def close(self) -> None:
        """Drop what was asked; idempotent."""
        self.drop()
        await asyncio.gather(*self._dropped)

    def _claim(self, text: str, language: str) -> Completion | None:
        early = self._early
        if early is None or (early.text, early.language) != (text, language):
            self.drop()
            return None
        self._early = None
        early.dropping.cancel()
        return early.completion

    def _ask(self, text: str, language: str) -> Completion:
        request = {
            "model": self._client.model, "temperature": _TEMPERATURE,
            "messages": messages(self._history, text, language, self._profile()),
        }  # fmt: skip
        return Completion(self._client, request, self._limits, self._outside)


def messages(
    history: History, text: str, language: str, profile: Sequence[str] = ()
) -> list[dict[str, str]]:
    """What the model is told: who it is, what it is to remember, and the question."""
    return [
        {"role": "system", "content": system_prompt(language)},
        *remembered(history, text, profile),
        {"role": "user", "content": text},
    ]
