"""A server of the OpenAI Realtime protocol on a free loopback port.

It takes the documented client events (platform.openai.com, API reference, Realtime, client events)
and refuses every unknown field with an `error` event, finds turns by server VAD, and answers with
the documented server events in their order. What it can get wrong is in `Fault`. It lives in the
loop of the test: virtual time is its time.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.fakes.realtime_session import Cut, FakeSession
from tests.fakes.realtime_terms import KEY as KEY
from tests.fakes.realtime_terms import MODEL as MODEL
from tests.fakes.realtime_terms import Fault as Fault
from tests.fakes.realtime_terms import Json as Json
from tests.fakes.realtime_terms import Truncated
from tests.fakes.realtime_terms import Use as Use

Reply = Callable[[Json], str | Use]
"""From the last item of the conversation to what is answered."""


@dataclass
class FakeRealtime:
    """The server; an async context manager."""

    reply: Reply
    said: Sequence[str] = ()
    """What is understood of each sentence, one after the other."""
    fault: Fault | None = None
    word_seconds: float = 0.0
    """From word to word; their sound is longer."""
    sessions: list[Json] = field(default_factory=list)
    """Every session.update that was taken."""
    items: list[Json] = field(default_factory=list)
    """The conversation, of all sessions."""
    asked: list[Json] = field(default_factory=list)
    """Every response.create."""
    truncated: list[Truncated] = field(default_factory=list)
    cancelled: int = 0
    refused: list[str] = field(default_factory=list)
    received: list[Json] = field(default_factory=list)
    """Every event, in order."""
    sent: list[Json] = field(default_factory=list)
    open: int = 0
    """Sessions that are open."""

    def __post_init__(self) -> None:
        self._said = iter(self.said)
        self._server: Server | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """What goes into [cloud.openai] base_url."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve, sock=self._socket, process_request=self._admit, ping_interval=None
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.fault is Fault.BUSY:
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "Rate limit reached\n")
        if self.fault is Fault.BROKEN:
            return connection.respond(HTTPStatus.INTERNAL_SERVER_ERROR, "The server had an error\n")
        if self.fault is Fault.PORTAL:
            return connection.respond(HTTPStatus.OK, "<html>Please log in to the hotel</html>\n")
        if self.fault is Fault.REFUSED or request.headers.get("Authorization") != f"Bearer {KEY}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "Incorrect API key provided\n")
        if request.path != f"/v1/realtime?model={MODEL}" or "OpenAI-Beta" in request.headers:
            self.refused.append(request.path)
            return connection.respond(HTTPStatus.NOT_FOUND, "no such model\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        self.open += 1
        session = FakeSession(self, connection)
        try:
            await session.run()
        except (ConnectionClosed, Cut):
            pass
        finally:
            self.open -= 1
            await session.close()

    def next_said(self) -> str:
        """What the next sentence is understood as."""
        return next(self._said, "")
