"""Serves all doors: one application on one port, and the simple dialect on a second one."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from device.config import GatewayConfig
from device.errors import ConfigError, EngineMissing, NotAdmitted
from device.gateway.home_view import HomeView
from device.gateway.lending import Lender
from device.gateway.reception import Reception

if TYPE_CHECKING:
    from asyncio import Transport

    from fastapi import APIRouter, FastAPI, Response
    from fastapi.requests import HTTPConnection
    from uvicorn import Server
    from websockets.http11 import Request

_LOGGER = logging.getLogger(__name__)

MOST_MESSAGE_BYTES: Final = 2 << 20
"""Of a WebSocket message; 30 s of sound as base64."""
_PING_SECONDS: Final = 20.0
"""A client that does not answer a ping for so long is gone, as is one that reads nothing."""
_REQUEST_SECONDS: Final = 10.0
"""Whoever connects has to ask for something within this."""
_SPARE_CONNECTIONS: Final = 64
"""Beside those of the conversations: a page loads several files at once."""
_GOODBYE_SECONDS: Final = 2
_RETRY_SECONDS: Final = 60.0


def make_app(
    reception: Reception, config: GatewayConfig, home: HomeView, lender: Lender | None = None
) -> "FastAPI":
    """All doors; `home` is what they show of it, `lender` lends engines to other speakers.

    Raises EngineMissing when the extra is not installed.
    """
    try:
        from fastapi import FastAPI, WebSocket
        from fastapi.responses import PlainTextResponse
    except ImportError as missing:
        raise EngineMissing(
            "[gateway] needs more: pip install 'parlor-speaker[gateway]'"
        ) from missing

    app = FastAPI(title="Parlor", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(NotAdmitted)
    async def refuse(connection: "HTTPConnection", refused: NotAdmitted) -> "Response":
        response = PlainTextResponse(f"{refused}\n", status_code=refused.status)
        if isinstance(connection, WebSocket):
            await connection.send_denial_response(response)
        return response

    @app.get("/health", response_class=PlainTextResponse)
    async def health() -> str:
        """Whether this process answers; a load balancer asks."""
        return "ok\n"

    for door in _doors(reception, config, home, lender):
        app.include_router(door)
    return app


def _doors(
    reception: Reception, config: GatewayConfig, home: HomeView, lender: Lender | None
) -> "list[APIRouter]":
    """One router of each; they need what the extra brings."""
    from device.gateway import audio_api_door, page_door, voice_door

    doors = [page_door.router(reception), voice_door.router(reception, home)]
    if lender is not None:
        doors.append(audio_api_door.router(lender, reception.check))
    return doors


class Gateway:
    """Run it as a supervised task; a port that is taken is tried again."""

    def __init__(self, config: GatewayConfig, app: "FastAPI") -> None:
        self._config = config
        self._app = app

    async def run(self) -> None:
        """Serve until cancelled; then everybody is told goodbye."""
        sockets = await self._listen()
        server = _make_server(self._app, self._config)
        scheme = "http" if self._config.tls_cert is None else "https"
        _LOGGER.info("gateway: %s://%s", scheme, _place(sockets[0]))
        serving = asyncio.create_task(server.serve(sockets))
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving

    async def _listen(self) -> list[socket.socket]:
        told = False
        while True:
            try:
                return self._open_sockets()
            except OSError as error:
                if not told:
                    _LOGGER.warning("no gateway: %s; check [gateway]", error)
                told = True
            await asyncio.sleep(_RETRY_SECONDS)

    def _open_sockets(self) -> list[socket.socket]:
        opened: list[socket.socket] = []
        try:
            for port in (self._config.port, self._config.simple_port):
                if port:
                    opened.append(_listening(str(self._config.host), port))
        except OSError:
            for one in opened:
                one.close()
            raise
        return opened


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.create_server((host, port), family=family)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Inherited by what is accepted: who takes nothing that is sent is cut off for good.
        milliseconds = round(1_000 * _PING_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    opened.setblocking(False)
    return opened


def _make_server(app: "FastAPI", config: GatewayConfig) -> "Server":
    """A server that leaves signals to its owner, and strangers no way to pile up."""
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    most = config.sessions + _SPARE_CONNECTIONS

    class Bounded(H11Protocol):
        """One connection among at most so many, which does not wait for ever for a request."""

        def connection_made(self, transport: "Transport") -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > most:
                transport.abort()
                return
            self.loop.call_later(_REQUEST_SECONDS, self._give_up)

        def _give_up(self) -> None:
            if self.cycle is None and self in self.connections:
                self.transport.abort()

    class Cuttable(WebSocketsSansIOProtocol):
        """Its application can end it at once, whatever waits to be sent."""

        def handle_connect(self, event: "Request") -> None:
            self.app_state = {**self.app_state, "cut": self.transport.abort}
            super().handle_connect(event)

    class Quiet(uvicorn.Server):
        """Signals are the daemon's."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    options: dict[str, Any] = {
        "lifespan": "off", "log_config": None, "log_level": "warning", "access_log": False,
        "server_header": False, "http": Bounded, "ws": Cuttable,
        "ws_max_size": MOST_MESSAGE_BYTES, "ws_ping_interval": _PING_SECONDS,
        "ws_ping_timeout": _PING_SECONDS, "ws_per_message_deflate": False,
        "timeout_graceful_shutdown": _GOODBYE_SECONDS,
        "ssl_certfile": config.tls_cert, "ssl_keyfile": config.tls_key,
    }  # fmt: skip
    settings = uvicorn.Config(app, **options)
    try:
        settings.load()
    except OSError as error:  # an unreadable or unusable certificate too
        raise ConfigError(f"[gateway] tls_cert and tls_key cannot be used: {error}") from error
    return Quiet(settings)


def _place(opened: socket.socket) -> str:
    host, port = opened.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
