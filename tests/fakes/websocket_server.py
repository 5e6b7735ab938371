"""What servers of a conversation have in common: WebSockets in the loop of the test."""

import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Any, ClassVar, Never, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


class Cut(Exception):
    """The connection is broken on purpose."""


class WebSocketServer(ABC):
    """On a free loopback port; use it as an async context manager."""

    options: ClassVar[dict[str, Any]] = {"ping_interval": None}
    """Of `websockets.serve`."""

    def __init__(self) -> None:
        self.open = 0
        """Connections at present."""
        self._server: Server | None = None
        # The address is known before the server runs.
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._port = self._socket.getsockname()[1]

    @property
    def root(self) -> str:
        """Scheme, host and port, as for HTTP."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve, sock=self._socket, process_request=self.admit, **self.options
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @abstractmethod
    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """The refusal of a handshake; None lets it in."""

    @abstractmethod
    async def converse(self, connection: ServerConnection) -> None:
        """Listen and answer until the end; who hangs up meanwhile, and a `Cut`, are no errors."""

    async def _serve(self, connection: ServerConnection) -> None:
        self.open += 1
        try:
            with suppress(ConnectionClosed, Cut):
                await self.converse(connection)
        finally:
            self.open -= 1


def cut(connection: ServerConnection) -> Never:
    """Break the connection."""
    connection.transport.abort()
    raise Cut
