"""A server of the OpenAI Realtime protocol on a free loopback port.

It takes the documented client events (platform.openai.com, API reference, Realtime, client events)
and refuses every unknown field with an `error` event, finds turns by server VAD, and answers with
the documented server events in their order. What it can get wrong is in `Fault`. It lives in the
loop of the test: virtual time is its time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from tests.fakes.realtime_session import FakeSession
from tests.fakes.realtime_terms import KEY as KEY
from tests.fakes.realtime_terms import MODEL as MODEL
from tests.fakes.realtime_terms import Fault as Fault
from tests.fakes.realtime_terms import Json as Json
from tests.fakes.realtime_terms import Truncated
from tests.fakes.realtime_terms import Use as Use
from tests.fakes.websocket_server import WebSocketServer

Reply = Callable[[Json], str | Use]
"""From the last item of the conversation to what is answered."""


@dataclass
class FakeRealtime(WebSocketServer):
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

    def __post_init__(self) -> None:
        super().__init__()
        self._said = iter(self.said)

    @property
    def url(self) -> str:
        """What goes into [cloud.openai] base_url."""
        return f"{self.root}/v1"

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
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

    async def converse(self, connection: ServerConnection) -> None:
        session = FakeSession(self, connection)
        try:
            await session.run()
        finally:
            await session.close()

    def next_said(self) -> str:
        """What the next sentence is understood as."""
        return next(self._said, "")
