"""Asks a language model whether a sentence is complete, or its speaker only pauses."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from device import clock
from device.dialog.completion import failing_cleanly
from device.dialog.llm_client import LlmClient
from device.errors import LlmError
from device.outside import Outside, Unit

_LOGGER = logging.getLogger(__name__)

_QUESTION: Final = (
    "Somebody is speaking to a voice assistant and has paused. You get what was said so far, in "
    "the language with the code {language!r}. Is it a complete request, so that an answer is "
    "expected now? Reply with one word: yes or no."
)
_VERDICTS: Final = {"yes": 0.9, "no": 0.1}
"""A model is sometimes wrong, so it never decides alone."""


class LlmJudge:
    """A second opinion that is there in time, or not at all."""

    def __init__(
        self, client: LlmClient, outside: Outside, seconds: float = 0.2,
        may_ask: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        """A verdict takes `seconds` at most; `may_ask`: whether the model may be asked now."""
        self._may_ask = may_ask
        self._client = client
        self._outside = outside
        self._seconds = seconds

    async def complete(self, text: str, language: str) -> float | None:
        """Probability that nothing more follows; None when the model does not say. Never raises."""
        host = self._client.host
        if not self._may_ask():
            return None
        try:
            with self._outside.leaving(host), clock.hold(self._seconds), failing_cleanly(host):
                async with asyncio.timeout(self._seconds):
                    return _verdict(await self._ask(text, language))
        except LlmError as error:
            _LOGGER.debug("no verdict: %s", error)
            return None

    async def _ask(self, text: str, language: str) -> str:
        client = await self._client.get()
        self._outside.spend(self._client.host, Unit.REQUESTS, 1)
        told = [
            {"role": "system", "content": _QUESTION.format(language=language)},
            {"role": "user", "content": text},
        ]
        done = await client.chat.completions.create(
            model=self._client.model, messages=told, temperature=0.0
        )
        if done.usage is not None:
            self._outside.spend(self._client.host, Unit.INPUT_TOKENS, done.usage.prompt_tokens)
            self._outside.spend(self._client.host, Unit.OUTPUT_TOKENS, done.usage.completion_tokens)
        return done.choices[0].message.content or ""


def _verdict(reply: str) -> float | None:
    words = reply.lower().split()
    return _VERDICTS.get(words[0].strip(".,!*\"'")) if words else None
