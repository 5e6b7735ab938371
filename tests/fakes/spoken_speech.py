"""What the WebSocket services that write down speech have in common, and what goes wrong there."""

import asyncio
import json
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

KEY: Final = "key-of-a-test"
"""The key that they accept."""
WORD_BYTES: Final = 6_400
"""A word is understood every 200 ms."""
Json = dict[str, Any]


class Fault(Enum):
    """What goes wrong."""

    SILENT = auto()
    """What is said is taken, and nothing comes."""
    CUT = auto()
    """The connection breaks after the second word."""
    LEFT = auto()
    """The server says goodbye after the second word."""
    GARBAGE = auto()
    """Answers are no JSON."""
    MISSHAPEN = auto()
    """They are other JSON than documented."""
    DEEP = auto()
    """They are JSON that no parser gets to the bottom of."""
    BINARY = auto()
    """They are bytes that are no text."""
    HUGE = auto()
    """One is larger than any answer."""
    ENDLESS = auto()
    """The text grows without end."""
    LATE = auto()
    """The last answer never comes."""
    PORTAL = auto()
    """A captive portal answers with a page."""
    REDIRECT = auto()
    """A captive portal sends the client to its page."""
    NOT_HTTP = auto()
    """Something answers that speaks another protocol."""
    BUSY = auto()
    """429."""
    BROKEN = auto()
    """500."""


class SpokenSpeech(ABC):
    """One service on a free loopback port."""

    def __init__(self, text: str = "turn on the light") -> None:
        """It understands `text`, whatever is said, word by word."""
        self.text = text
        self.fault: Fault | None = None
        self.date: str | None = None
        """What it says that the time is; None: what it is."""
        self.heard: list[float] = []
        """Seconds of speech in every sentence, also those that were not finished."""
        self.languages: list[str] = []
        self.models: list[str] = []
        self.refused: list[str] = []
        """Why sentences were not taken."""
        self.finished = 0
        """Sentences that were answered to their end."""
        self.told = threading.Event()
        """An interim answer is on its way."""
        self._server: Server | None = None
        self._port = 0

    @property
    def root(self) -> str:
        """Scheme, host and port."""
        return f"ws://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen."""
        self._server = await serve(
            self._serve, "127.0.0.1", self._port, process_request=self._look,
            process_response=self._date, compression=None, close_timeout=1,
        )  # fmt: skip
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Break every connection and listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @abstractmethod
    def verdict(self, request: Request) -> tuple[int, Json]:
        """Status and answer of a refusal; no answer for a request as documented."""

    @abstractmethod
    async def converse(self, connection: ServerConnection) -> None:
        """Listen and answer as documented, until the end of the sentence."""

    async def hear(self, connection: ServerConnection, size: int, so_far: Json) -> None:
        """So many bytes were said; `so_far` is what the service says to that."""
        before, self.heard[-1] = self.heard[-1], self.heard[-1] + size / 32_000
        words = [int(seconds * 32_000 + 0.5) // WORD_BYTES for seconds in (before, self.heard[-1])]
        if words[0] != words[1]:
            await self.tell(connection, so_far)
            self.told.set()

    def words(self) -> str:
        """What is understood so far."""
        return " ".join(self.text.split()[: int(self.heard[-1] * 32_000 + 0.5) // WORD_BYTES])

    async def tell(self, connection: ServerConnection, answer: Json, *, last: bool = False) -> None:
        """Send an answer, unless something goes wrong."""
        self.finished += last and self.fault is None
        match self.fault:
            case Fault.SILENT:
                return
            case Fault.LATE if last:
                return
            case Fault.CUT if len(self.words().split()) > 1:
                connection.transport.abort()
            case Fault.LEFT if len(self.words().split()) > 1:
                await connection.close()
            case Fault.GARBAGE:
                await connection.send("{]")
            case Fault.MISSHAPEN:
                await connection.send('{"type": "Results", "code": 0, "result": 1, "data": [2]}')
            case Fault.DEEP:
                await connection.send("[" * 100_000)
            case Fault.BINARY:
                await connection.send(b"\xff\xfe")
            case Fault.HUGE:
                await connection.send("x" * (1 << 20))
            case _:
                await connection.send(json.dumps(answer, ensure_ascii=False))

    async def _serve(self, connection: ServerConnection) -> None:
        self.heard.append(0.0)
        with suppress(ConnectionClosed):
            await self.converse(connection)
            if self.fault in (Fault.SILENT, Fault.LATE):
                await connection.wait_closed()

    def _look(self, connection: ServerConnection, request: Request) -> Response | None:
        match self.fault:
            case Fault.PORTAL:
                return _page(connection, HTTPStatus.OK)
            case Fault.REDIRECT:
                page = _page(connection, HTTPStatus.FOUND)
                page.headers["Location"] = f"{self.root}/elsewhere"
                return page
            case Fault.NOT_HTTP:
                connection.transport.write(b"220 mail.hotel ESMTP\r\n")
                connection.transport.abort()
            case Fault.BUSY:
                return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "too many\n")
            case Fault.BROKEN:
                return connection.respond(HTTPStatus.INTERNAL_SERVER_ERROR, "broken\n")
        status, refusal = self.verdict(request)
        if not refusal:
            return None
        self.refused.append(json.dumps(refusal))
        response = connection.respond(HTTPStatus(status), json.dumps(refusal))
        self._set_date(response.headers)
        return response

    def _date(self, _connection: ServerConnection, _request: Request, response: Response) -> None:
        self._set_date(response.headers)

    def _set_date(self, headers: Headers) -> None:
        if self.date is not None:
            del headers["Date"]
            headers["Date"] = self.date


def _page(connection: ServerConnection, status: HTTPStatus) -> Response:
    page = connection.respond(status, "<html><body>Please log in to the hotel</body></html>")
    del page.headers["Content-Type"]
    page.headers["Content-Type"] = "text/html"
    return page


async def forever(server: SpokenSpeech, connection: ServerConnection, answer: Json) -> None:
    """Tell the same without end."""
    while True:
        await server.tell(connection, answer)
        await asyncio.sleep(0.001)
