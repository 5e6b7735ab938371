"""An OpenAI-compatible server that streams scripted answers, on a free loopback port.

It takes `POST /v1/chat/completions` as documented (platform.openai.com, API reference, chat),
refuses everything else with 400 (benchmarks/llm_request.py), and answers with server-sent chunks at
the pace of a model. What it can get wrong is in `Fault`.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto
from types import TracebackType
from typing import Any, Final, Self

from benchmarks import llm_wire as wire
from benchmarks.llm_request import MODEL as MODEL
from benchmarks.llm_request import Json, mistake
from benchmarks.local_server import HttpServer, read_request
from benchmarks.local_server import serving as serving

Wanted = tuple[str, str]
"""Name of a tool and its arguments as JSON."""

KEY: Final = "sk-local"
"""The key that it accepts."""


class Fault(Enum):
    """What goes wrong."""

    SILENT = auto()
    """The request is taken, and nothing comes."""
    LOST = auto()
    """The connection breaks before the answer."""
    CUT = auto()
    """It breaks after four tokens."""
    STALLED = auto()
    """Nothing comes any more after four tokens."""
    GARBAGE = auto()
    """The third chunk is no JSON."""
    MISSHAPEN = auto()
    """Chunks hold other types than documented."""
    ENDLESS = auto()
    """The answer never ends."""
    EMPTY = auto()
    """The answer has no words."""
    PORTAL = auto()
    """A captive portal answers with a page."""
    BUSY = auto()
    """429."""
    BROKEN = auto()
    """500."""


class FakeLlm(HttpServer):
    """The server; use it as an async context manager, or in a thread by `serving`."""

    def __init__(
        self, reply: Callable[[str], str], first_token_seconds: float = 0.0,
        tokens_per_second: float = 1_000.0,
    ) -> None:  # fmt: skip
        """`reply` makes the answer to the last message; a token is a word."""
        super().__init__()
        self.fault: Fault | None = None
        self.verdict = ""
        """What is answered without streaming, when it is another answer."""
        self.wants: Callable[[Json], Sequence[Wanted]] = lambda _request: ()
        """What it calls for after a request; nothing: it answers."""
        self.preface = ""
        """What it says before it calls for something."""
        self.asked: list[Json] = []
        """Every request that was taken, in order."""
        self.refused: list[str] = []
        """Why requests were not."""
        self.finished = 0
        """Answers that were streamed to their end."""
        self.taken_at: list[float] = []
        """When each request had come, by the clock of `time.monotonic` and of a running loop."""
        self.began_at: list[float] = []
        """When the first token of each answer went out."""
        self.ended_at: list[float] = []
        """When each answer was out."""
        self._reply = reply
        self._first_token_seconds = first_token_seconds
        self._tokens_per_second = tokens_per_second

    def pace(self, tokens_per_second: float) -> None:
        """Answer at this pace from now on."""
        self._tokens_per_second = tokens_per_second

    @property
    def url(self) -> str:
        """What goes into [llm] base_url."""
        return f"{self.root}/v1"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tells whether another may follow."""
        method, path, headers, body = await read_request(reader)
        if (method, path) == ("GET", "/v1/models") and self.fault is Fault.PORTAL:
            return await wire.send_page(writer)
        if (method, path) == ("GET", "/v1/models"):
            return await wire.send(writer, 200, {"object": "list", "data": [{"id": MODEL}]})
        status, reason = self._verdict(method, path, headers, body)
        if reason:
            self.refused.append(reason)
            error = {"message": reason, "type": "invalid_request_error", "code": None}
            return await wire.send(writer, status, {"error": error})
        request = json.loads(body)
        self.asked.append(request)
        self.taken_at.append(time.monotonic())
        if self.fault is Fault.PORTAL:
            return await wire.send_page(writer)
        # Who hangs up is noticed at once, not at the next token.
        answering = asyncio.ensure_future(self._answer(writer, request))
        hanging_up = asyncio.ensure_future(_gone(reader))
        await asyncio.wait({answering, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
        hung_up = hanging_up.done()
        for task in (answering, hanging_up):
            task.cancel()
        await asyncio.gather(answering, hanging_up, return_exceptions=True)
        return not hung_up and answering.exception() is None and answering.result()

    def _verdict(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str]:
        """Status and reason of a refusal; no reason for a request as documented."""
        if (method, path) != ("POST", "/v1/chat/completions"):
            return 404, f"unknown address {method} {path}"
        if headers.get("authorization", "").lower() != f"bearer {KEY}":
            return 401, "Incorrect API key provided"
        if self.fault is Fault.BUSY:
            return 429, "Rate limit reached"
        if self.fault is Fault.BROKEN:
            return 500, "The server had an error"
        return 400, mistake(json.loads(body))

    async def _answer(self, writer: asyncio.StreamWriter, request: Json) -> bool:
        wanted = self.wants(request)
        text = self.preface if wanted else self._reply(request["messages"][-1]["content"])
        if self.fault is Fault.LOST:
            return False
        await asyncio.sleep(self._first_token_seconds)
        if self.fault is Fault.SILENT:
            await asyncio.Event().wait()
        if not request.get("stream"):
            message = {"role": "assistant", "content": self.verdict or text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return await wire.send(
                writer, 200, {**wire.about("chat.completion"), "choices": [choice]}
            )
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        await self._stream(writer, text, wanted)
        if request.get("stream_options", {}).get("include_usage"):
            await wire.usage(writer, request, text)
        await wire.chunk(writer, b"data: [DONE]\n\n")
        await wire.chunk(writer, b"")
        self.ended_at.append(time.monotonic())
        self.finished += 1
        return True

    async def _stream(
        self, writer: asyncio.StreamWriter, text: str, wanted: Sequence[Wanted]
    ) -> None:
        await wire.event(writer, {"role": "assistant", "content": ""})
        self.began_at.append(time.monotonic())
        for number, token in enumerate(self._tokens(text)):
            if number == 2 and self.fault is Fault.GARBAGE:
                await wire.chunk(writer, b"data: {\n\n")
            if number == 4 and self.fault is Fault.CUT:
                raise ConnectionError("cut")
            if number == 4 and self.fault is Fault.STALLED:
                await asyncio.Event().wait()
            content: Any = [number] if self.fault is Fault.MISSHAPEN else token
            await wire.event(writer, {"content": content})
            await asyncio.sleep(1 / self._tokens_per_second)
        for index, (name, arguments) in enumerate(wanted):
            await wire.call(writer, index, name, arguments)
        await wire.event(writer, {}, "tool_calls" if wanted else "stop")

    def _tokens(self, text: str) -> Iterator[str]:
        if self.fault is Fault.EMPTY or not text:
            return
        words = text.split(" ")
        yield words[0]
        yield from (f" {word}" for word in words[1:])
        while self.fault is Fault.ENDLESS:
            yield from (f" {word}" for word in words)


async def _gone(reader: asyncio.StreamReader) -> None:
    """Return when the client has hung up; its next request stays to be read."""
    # Whoever reads learns of the end too, but takes the next request away.
    while not (reader.at_eof() or reader.exception()):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
