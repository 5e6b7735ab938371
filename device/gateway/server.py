"""Serves all doors: one application on one port, and the simple dialect on a second one."""

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

from device.config import GatewayConfig
from device.errors import EngineMissing, NotAdmitted
from device.gateway.home_view import HomeView
from device.gateway.lending.lender import Lender
from device.gateway.phone.switchboard import Switchboard
from device.gateway.reception import Reception
from device.metrics.text import CONTENT_TYPE

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI
    from fastapi.requests import HTTPConnection

    from device.gateway.guarded import Patience

_LOGGER = logging.getLogger(__name__)


def make_app(
    reception: Reception, config: GatewayConfig, home: HomeView, lender: Lender | None = None,
    switchboard: Switchboard | None = None,
) -> "FastAPI":  # fmt: skip
    """All doors; `home` is what they show of it, `lender` lends engines to other speakers.

    Without a `switchboard` there is no telephone.

    Raises EngineMissing when the extra is not installed.
    """
    try:
        import uvicorn as _uvicorn  # noqa: F401 # what serves the application
        from fastapi import FastAPI, Request, Response, WebSocket
        from fastapi.responses import PlainTextResponse
    except ImportError as missing:
        raise EngineMissing(
            "[gateway] needs more: pip install 'parlor-speaker[gateway]'"
        ) from missing

    app = FastAPI(title="Parlor", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(NotAdmitted)
    async def refuse(connection: "HTTPConnection", refused: NotAdmitted) -> Response:
        response = PlainTextResponse(f"{refused}\n", status_code=refused.status)
        if isinstance(connection, WebSocket):
            await connection.send_denial_response(response)
        return response

    @app.get("/health", response_class=PlainTextResponse)
    async def health() -> str:
        """Whether this process answers; a load balancer asks."""
        return "ok\n"

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics(request: Request) -> Response:
        """Who came and comes; shows nothing personal, and wants a token where there are any."""
        reception.check(request)
        return Response("\n".join(reception.metrics()) + "\n", media_type=CONTENT_TYPE)

    for door in _doors(reception, config, home, lender, switchboard):
        app.include_router(door)
    return app


def _doors(
    reception: Reception,
    config: GatewayConfig,
    home: HomeView,
    lender: Lender | None,
    switchboard: Switchboard | None,
) -> "list[APIRouter]":
    """One router of each; they need what the extra brings."""
    from device.gateway.lending import door as audio_api_door
    from device.gateway.page import door as page_door
    from device.gateway.phone import door as phone_door
    from device.gateway.realtime import door as realtime_door
    from device.gateway.voice import door as voice_door
    from device.gateway.webrtc import door as webrtc_door

    doors = [
        page_door.router(reception), voice_door.router(reception, home),
        realtime_door.router(reception), webrtc_door.router(reception, config),
    ]  # fmt: skip
    if lender is not None:
        doors.append(audio_api_door.router(lender, reception.check))
    if switchboard is not None:
        doors.append(phone_door.router(reception, switchboard))
    return doors


class Gateway:
    """Run it as a supervised task; a port that is taken is tried again."""

    def __init__(
        self, config: GatewayConfig, app: "FastAPI", patience: "Patience | None" = None
    ) -> None:
        """Raises ConfigError when the certificate cannot be used."""
        from device.gateway.guarded import Patience, server_settings

        self._config = config
        self._patience = patience or Patience()
        self._settings = server_settings(app, config, self._patience)

    async def run(self) -> None:
        """Serve until cancelled; then everybody is told goodbye."""
        from device.gateway.guarded import Server

        sockets, server = await self._listen(), Server(self._settings)
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
            await asyncio.sleep(self._patience.retry_seconds)

    def _open_sockets(self) -> list[socket.socket]:
        from device.gateway.guarded import listening

        opened: list[socket.socket] = []
        try:
            for port in filter(None, (self._config.port, self._config.simple_port)):
                opened.append(listening(str(self._config.host), port, self._patience))
        except OSError:
            for one in opened:
                one.close()
            raise
        return opened


def _place(opened: socket.socket) -> str:
    host, port = opened.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
