"""One answer of a language model, read as it arrives."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from device import clock
from device.dialog.base import ToolCall
from device.dialog.called import Called
from device.dialog.llm_client import LlmClient
from device.dialog.thoughts import Thoughts
from device.errors import LlmAstray, LlmBusy, LlmError, LlmRefused
from device.outside import Outside, Unit
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

_MOST_CHARACTERS: Final = 4_000
"""Longer answers are cut: nobody listens to them."""
_REFUSED: Final = (401, 403)
_BUSY: Final = 429
_BROKEN: Final = 500
"""From here on it is the server that failed."""
_CHARACTERS_A_TOKEN: Final = 4
"""Where the server does not count."""

Ended = Callable[[LlmError | None, bool], None]
"""Told once how an answer ended: why it failed, and whether nobody waited for its end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may take."""

    first_token_seconds: float
    total_seconds: float


class Completion:
    """An iterator of the answer's text, and at its end of what the model wants done, if anything.

    It reads on whether it is asked or not, until closed.
    """

    def __init__(
        self, client: LlmClient, request: dict[str, Any], limits: Limits, outside: Outside,
        ended: Ended = lambda _error, _dropped: None, may_repeat: bool = False,
    ) -> None:  # fmt: skip
        """Ask now; `may_repeat`: once more if the server fails before it has said anything."""
        self._client = client
        self._request = request
        self._limits = limits
        self._attempts = 2 if may_repeat else 1
        self._outside = outside
        self._ended = ended
        self._pieces: asyncio.Queue[_Piece] = asyncio.Queue()
        self._begun = asyncio.Event()
        self._head: _Piece = None
        self._over = False
        self._called = Called()
        self._thoughts = Thoughts()
        self._spoke = False
        self._characters = 0
        self._counted = False
        self._task = asyncio.create_task(self._read(), name="llm-answer")

    async def begun(self) -> None:
        """Return when the answer has begun. Raises LlmError when it failed before that."""
        await self._begun.wait()
        if isinstance(self._head, LlmError):
            raise self._head

    def __aiter__(self) -> "Completion":
        return self

    async def __anext__(self) -> str | tuple[ToolCall, ...]:
        """The next piece. Raises LlmError when the rest does not come."""
        if self._over:
            raise StopAsyncIteration
        piece = await self._pieces.get()
        if isinstance(piece, str | tuple):
            return piece
        self._over = True
        if piece is None:
            raise StopAsyncIteration
        raise piece

    async def aclose(self) -> None:
        """Break the connection off when the answer has not ended; idempotent."""
        self._over = True
        await end(self._task)

    async def _read(self) -> None:
        error: LlmError | None = None
        dropped = True
        try:
            error = await self._failure()
            dropped = False
        finally:
            self._ended(error, dropped)
        self._put(error)

    async def _failure(self) -> LlmError | None:
        """Read all of it; why it failed."""
        host = self._client.host
        try:
            with self._outside.leaving(host), ExitStack() as holds, failing_cleanly(host):
                limits = self._limits
                patience = min(limits.first_token_seconds, limits.total_seconds)
                holds.enter_context(clock.hold(patience))
                await self._stream(holds)
        except LlmError as error:
            return error
        except Exception as error:
            _LOGGER.exception("reading the answer of the language model failed")
            return LlmError(f"reading the answer of {host} failed: {error}")
        return None

    async def _stream(self, holds: ExitStack) -> None:
        async with (
            asyncio.timeout(self._limits.total_seconds),
            asyncio.timeout(self._limits.first_token_seconds) as patience,
        ):
            for left in reversed(range(self._attempts)):
                try:
                    await self._attempt(holds, patience)
                    break
                except Exception as error:
                    if not (left and self._is_passing(error)):
                        raise
                    _LOGGER.info("%s failed, it is asked once more: %s", self._client.host, error)
        calls = self._called.calls
        if calls:
            self._put(calls)
        elif not self._spoke:
            raise LlmError(f"the server at {self._client.host} says nothing that is an answer")
        elif not self._characters:
            raise LlmAstray(f"the language model at {self._client.host} gave an empty answer")

    async def _attempt(self, holds: ExitStack, patience: asyncio.Timeout) -> None:
        client = await self._client.get()
        self._spend(Unit.REQUESTS, 1)
        self._counted = False
        try:
            async with await client.chat.completions.create(**self._request, stream=True) as stream:
                async for chunk in stream:
                    self._take(chunk, holds, patience)
                    if max(self._characters, self._called.characters) > _MOST_CHARACTERS:
                        break
        finally:
            self._estimate()

    def _take(self, chunk: Any, holds: ExitStack, patience: asyncio.Timeout) -> None:
        self._count(chunk)
        self._spoke = self._spoke or bool(chunk.choices)
        delta = self._thoughts.feed(text_of(chunk))
        began = bool(self._characters or self._called.characters)
        self._called.add(chunk)
        self._characters += len(delta)
        if not began and (self._characters or self._called.characters):
            patience.reschedule(None)
            holds.enter_context(clock.hold(self._limits.total_seconds))
        if delta:
            self._put(delta)

    def _is_passing(self, error: Exception) -> bool:
        """Whether asking again may help, and cannot make anything be said or done twice."""
        from openai import APIConnectionError, APIStatusError

        if self._characters or self._called.characters:
            return False
        if isinstance(error, APIStatusError):
            return bool(error.status_code >= _BROKEN)
        return isinstance(error, APIConnectionError)

    def _count(self, chunk: Any) -> None:
        """What the server says that the answer costs."""
        usage = getattr(chunk, "usage", None)
        if usage is not None and not self._counted:
            self._counted = True
            self._spend(Unit.INPUT_TOKENS, float(usage.prompt_tokens))
            self._spend(Unit.OUTPUT_TOKENS, float(usage.completion_tokens))

    def _estimate(self) -> None:
        """What it probably costs, where the server did not get to say it."""
        if not self._counted:
            asked = len(str(self._request["extra_body"]))
            told = self._characters + self._called.characters
            self._spend(Unit.INPUT_TOKENS, asked / _CHARACTERS_A_TOKEN)
            self._spend(Unit.OUTPUT_TOKENS, told / _CHARACTERS_A_TOKEN)

    def _spend(self, unit: Unit, amount: float) -> None:
        self._outside.spend(self._client.host, unit, amount)

    def _put(self, piece: "_Piece") -> None:
        self._pieces.put_nowait(piece)
        if not self._begun.is_set():
            self._head = piece
            self._begun.set()


_Piece = str | tuple[ToolCall, ...] | LlmError | None


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
