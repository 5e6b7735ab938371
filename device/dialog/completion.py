"""One answer of a language model, read as it arrives."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from device import clock
from device.dialog.llm_client import LlmClient
from device.errors import LlmBusy, LlmError, LlmRefused
from device.outside import Outside
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

_MOST_CHARACTERS: Final = 4_000
"""Longer answers are cut: nobody listens to them."""
_REFUSED: Final = (401, 403)
_BUSY: Final = 429


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may take."""

    first_token_seconds: float
    total_seconds: float


class Completion:
    """An iterator of the answer's text. It reads on whether it is asked or not, until closed."""

    def __init__(
        self, client: LlmClient, request: dict[str, Any], limits: Limits, outside: Outside
    ) -> None:
        """Ask now."""
        self._client = client
        self._request = request
        self._limits = limits
        self._deltas: asyncio.Queue[str | LlmError | None] = asyncio.Queue()
        self._begun = asyncio.Event()
        self._head: str | LlmError | None = None
        self._over = False
        self._task = asyncio.create_task(self._read(outside), name="llm-answer")

    async def begun(self) -> None:
        """Return when the answer has begun. Raises LlmError when it failed before that."""
        await self._begun.wait()
        if isinstance(self._head, LlmError):
            raise self._head

    def __aiter__(self) -> "Completion":
        return self

    async def __anext__(self) -> str:
        """The next piece of the text. Raises LlmError when the rest does not come."""
        if self._over:
            raise StopAsyncIteration
        delta = await self._deltas.get()
        if isinstance(delta, str):
            return delta
        self._over = True
        if delta is None:
            raise StopAsyncIteration
        raise delta

    async def aclose(self) -> None:
        """Break the connection off when the answer has not ended; idempotent."""
        self._over = True
        await end(self._task)

    async def _read(self, outside: Outside) -> None:
        host = self._client.host
        try:
            with outside.leaving(host), ExitStack() as holds, failing_cleanly(host):
                limits = self._limits
                patience = min(limits.first_token_seconds, limits.total_seconds)
                holds.enter_context(clock.hold(patience))
                await self._stream(holds)
            self._put(None)
        except LlmError as error:
            self._put(error)
        except Exception as error:
            _LOGGER.exception("reading the answer of the language model failed")
            self._put(LlmError(f"reading the answer of {host} failed: {error}"))

    async def _stream(self, holds: ExitStack) -> None:
        characters = 0
        client = await self._client.get()
        async with (
            asyncio.timeout(self._limits.total_seconds),
            asyncio.timeout(self._limits.first_token_seconds) as patience,
            await client.chat.completions.create(**self._request, stream=True) as stream,
        ):
            async for chunk in stream:
                if delta := text_of(chunk):
                    if not characters:
                        patience.reschedule(None)
                        holds.enter_context(clock.hold(self._limits.total_seconds))
                    characters += len(delta)
                    self._put(delta)
                if characters > _MOST_CHARACTERS:
                    break
        if not characters:
            raise LlmError(f"the language model at {self._client.host} gave an empty answer")

    def _put(self, delta: str | LlmError | None) -> None:
        self._deltas.put_nowait(delta)
        if not self._begun.is_set():
            self._head = delta
            self._begun.set()


def text_of(chunk: Any) -> str:
    """The text in one chunk; empty where it has none. Raises TypeError for what is no chunk."""
    choices = chunk.choices
    if not choices:
        return ""
    content = choices[0].delta.content
    if not isinstance(content, str | None):
        raise TypeError(f"content is {type(content).__name__}")
    return content or ""


@contextmanager
def failing_cleanly(host: str) -> Iterator[None]:
    """Raise only LlmError, LlmBusy and LlmRefused."""
    from openai import APIStatusError, OpenAIError

    try:
        yield
    except LlmError:
        raise
    except APIStatusError as error:
        raise _refusal(error.status_code, host) from error
    except TimeoutError as error:
        raise LlmError(f"the language model at {host} did not answer in time") from error
    except (OpenAIError, OSError) as error:
        raise LlmError(
            f"the language model at {host} cannot be reached ({error}); check [llm] base_url"
        ) from error
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise LlmError(f"what the server at {host} says is no chat completion: {error}") from error


def _refusal(status: int, host: str) -> LlmError:
    if status in _REFUSED:
        return LlmRefused(f"the language model at {host} refused the key; check [llm] key_file")
    if status == _BUSY:
        return LlmBusy(f"the language model at {host} answers no more for now (429)")
    return LlmError(f"the language model at {host} answered with an error ({status})")
