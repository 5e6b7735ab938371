"""uvicorn as the gateway runs it: in another's loop, and with no way for strangers to pile up.

Imports uvicorn: only for those that serve.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from device.config import GatewayConfig
from device.errors import ConfigError

MOST_MESSAGE_BYTES: Final = 2 << 20
"""Of a WebSocket message; 30 s of sound as base64."""
SPARE_CONNECTIONS: Final = 64
"""Beside those of the conversations: a page loads several files at once."""
_GOODBYE_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited."""

    ping_seconds: float = 20.0
    """Between pings, for the answer to one, and for a client to take what was sent."""
    request_seconds: float = 10.0
    """For whoever connects to ask for something."""
    retry_seconds: float = 60.0
    """Before a port that was taken is tried again."""


class Server(uvicorn.Server):
    """Signals are its owner's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


class _Cuttable(WebSocketsSansIOProtocol):
    """Its application can end it at once, whatever waits to be sent."""

    def handle_connect(self, event: Request) -> None:
        self.app_state = {**self.app_state, "cut": self.transport.abort}
        super().handle_connect(event)


def server_settings(app: Any, config: GatewayConfig, patience: Patience) -> uvicorn.Config:
    """For a Server on `listening` sockets. Raises ConfigError for a certificate of no use."""
    settings = uvicorn.Config(
        app, lifespan="off", log_config=None, log_level="warning", access_log=False,
        server_header=False, http=_bounded(config.sessions + SPARE_CONNECTIONS, patience),
        ws=_Cuttable, ws_max_size=MOST_MESSAGE_BYTES, ws_ping_interval=patience.ping_seconds,
        ws_ping_timeout=patience.ping_seconds, ws_per_message_deflate=False,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
        ssl_certfile=config.tls_cert, ssl_keyfile=config.tls_key,
    )  # fmt: skip
    try:
        settings.load()
    except OSError as error:
        raise ConfigError(f"[gateway] tls_cert and tls_key cannot be used: {error}") from error
    return settings


def listening(host: str, port: int, patience: Patience) -> socket.socket:
    """A socket that accepts connections. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.create_server((host, port), family=family)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Inherited by what is accepted: who takes nothing that is sent is cut off for good.
        milliseconds = round(1_000 * patience.ping_seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    opened.setblocking(False)
    return opened


def _bounded(most: int, patience: Patience) -> type[H11Protocol]:
    class Bounded(H11Protocol):
        """One connection among at most so many, which does not wait for ever for a request."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > most:
                transport.abort()
                return
            self.loop.call_later(patience.request_seconds, self._give_up)

        def _give_up(self) -> None:
            if self.cycle is None and self in self.connections:
                self.transport.abort()

    return Bounded
