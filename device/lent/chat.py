"""The language models of [llm] for others: what they are asked goes on as it came.

Servers are asked in their order, the next one when one cannot answer before it has said anything.
Their keys stay here, and what others use counts for the budgets of [llm].
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import urlsplit

from device.breaker import Breaker
from device.config import LlmServerConfig
from device.dialog.budget import Budget, Spent
from device.direct import http_client, need_http
from device.errors import LlmBusy, LlmError, LlmRefused, RequestInvalid
from device.folders import read_key
from device.gateway.lending.audio_api import ChatRequest
from device.outside import Outside, Unit

_MOST_BYTES: Final = 4 << 20
"""Of an answer."""
_MOST_WORDS: Final = 300
"""Characters of a server's own reason that are passed on."""
_CHARACTERS_A_TOKEN: Final = 4


class ChatProxy:
    """All servers."""

    def __init__(self, servers: Sequence[LlmServerConfig], outside: Outside, spent: Spent) -> None:
        """`spent` knows what was used of them so far. Raises ConfigError and EngineMissing."""
        if servers:
            need_http("[llm]")
        self._servers = [_Server(one, outside, spent) for one in servers]

    async def chat(self, request: ChatRequest, body: bytes) -> AsyncGenerator[bytes, None]:
        """The answer as it is said. Raises LlmError and RequestInvalid."""
        asked = json.loads(body)
        failure = LlmError("this house has no language model; name one in [llm] base_url")
        for server in self._servers:
            answer = server.answer(asked, stream=request.stream)
            async with aclosing(answer):
                try:
                    first = await anext(answer, b"")
                except LlmError as error:
                    failure = error
                    continue
                yield first
                async for piece in answer:
                    yield piece
                return
        raise failure


class _Server:
    def __init__(self, config: LlmServerConfig, outside: Outside, spent: Spent) -> None:
        self._config = config
        self._url = config.base_url.rstrip("/") + "/chat/completions"
        self._host = urlsplit(config.base_url).hostname or ""
        key = read_key(config.key_file)
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._outside = outside
        self._spent = spent
        self._budget = Budget(
            config.requests_per_minute, config.requests_per_day,
            config.tokens_per_minute, config.tokens_per_day,
        )  # fmt: skip
        self._breaker = Breaker()

    async def answer(self, asked: dict[str, Any], *, stream: bool) -> AsyncGenerator[bytes, None]:
        """The answer as it is said, by the model that is configured.

        Raises LlmError and, where the server finds fault with what is asked, RequestInvalid.
        """
        now = asyncio.get_running_loop().time
        self._check(now())
        self._outside.spend(self._host, Unit.REQUESTS, 1)
        failed: LlmError | None = None
        whole = False
        try:
            pieces = self._pieces({**asked, "model": self._config.model}, stream=stream)
            with self._outside.leaving(self._host):
                async with aclosing(pieces):
                    async for piece in pieces:
                        yield piece
            whole = True
        except RequestInvalid:
            whole = True
            raise
        except LlmError as error:
            failed = error
            raise
        finally:
            self._ended(now(), failed, whole=whole)

    def _check(self, now: float) -> None:
        exceeded = self._budget.exceeded(self._host, self._spent)
        if exceeded is not None:
            raise exceeded
        if not self._breaker.allows(now):
            raise LlmError(f"the language model at {self._host} failed several times in a row")

    def _ended(self, now: float, failed: LlmError | None, *, whole: bool) -> None:
        if failed is not None:
            self._breaker.failed(now)
        elif whole:
            self._breaker.succeeded()
        else:
            self._breaker.dropped(now)

    async def _pieces(self, asked: dict[str, Any], *, stream: bool) -> AsyncGenerator[bytes, None]:
        import httpx2

        body = json.dumps(asked).encode()
        self._outside.spend(self._host, Unit.INPUT_TOKENS, len(body) / _CHARACTERS_A_TOKEN)
        headers = {**self._headers, "content-type": "application/json"}
        config, now = self._config, asyncio.get_running_loop().time()
        total = now + config.total_seconds
        first = min(total, now + config.first_token_seconds) if stream else total
        try:
            async with http_client() as client:
                request = client.build_request("POST", self._url, content=body, headers=headers)
                async with asyncio.timeout_at(first):
                    response = await client.send(request, stream=True)
                async with aclosing(_read(response, first, total)) as pieces:
                    if response.status_code != 200:
                        raise _refusal(self._host, response.status_code, await _whole(pieces))
                    async for piece in pieces:
                        self._count(piece, stream=stream)
                        yield piece
        except TimeoutError as error:
            raise LlmError(f"the language model at {self._host} did not answer in time") from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise LlmError(
                f"the language model at {self._host} cannot be reached ({error})"
            ) from error

    def _count(self, piece: bytes, *, stream: bool) -> None:
        """About: a token an event of a stream, else by the length."""
        tokens = piece.count(b"data:") if stream else len(piece) / _CHARACTERS_A_TOKEN
        self._outside.spend(self._host, Unit.OUTPUT_TOKENS, tokens)


async def _read(response: Any, first: float, total: float) -> AsyncGenerator[bytes, None]:
    """The body of an answer, as long as it is not endless; deadlines are loop times.

    They hold for one piece at a time: who waits for the next one may be another task.
    """
    deadline, size = first, 0
    try:
        pieces = response.aiter_bytes()
        while True:
            async with asyncio.timeout_at(deadline):
                piece = await anext(pieces, b"")
            if not piece:
                return
            size += len(piece)
            if size > _MOST_BYTES:
                raise LlmError("the answer of the language model does not end")
            yield piece
            deadline = total
    finally:
        await response.aclose()


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def _refusal(host: str, status: int, body: bytes) -> LlmError | RequestInvalid:
    if status in (401, 403):
        return LlmRefused(f"the language model at {host} refused the key; check [llm] key_file")
    if status == 429:
        return LlmBusy(f"the language model at {host} answers no more for now (429)")
    if status in (400, 404, 413, 422):
        return RequestInvalid(f"{host} does not take the request: {_reason(body)}")
    return LlmError(f"the language model at {host} answered with an error ({status})")


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])[:_MOST_WORDS]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "it does not say why"
