"""A WebSocket that carries JSON to a service, and the light that tells of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus, WebSocketException

from device import clock
from device.direct import refusal_of, web_socket
from device.errors import EngineBusy, EngineError, EngineRefused
from device.outside import Outside
from device.tasks import end

Json = dict[str, Any]
T = TypeVar("T")

_CONNECT_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 0.5
"""Who waits for us to hang up is not kept waiting."""
_ON_ITS_WAY_SECONDS: Final = 0.05
"""Virtual time waits so long for a message."""
_LONGEST_BYTES: Final = 1 << 24
_MOST_WAITING: Final = 1_000
"""Messages that a service does not take: some 40 s of sound."""

_TOLD: Final[Mapping[type[EngineError], str]] = {
    EngineRefused: "does not accept the key; check key_file",
    EngineBusy: "has too much to do, or the budget there is spent",
}
"""What a refusal means."""


class JsonSocket:
    """One connection; `json_socket` opens it."""

    def __init__(self, socket: ClientConnection, host: str) -> None:
        self._socket = socket
        self._host = host
        self._waiting: asyncio.Queue[Json] = asyncio.Queue(_MOST_WAITING)
        self._cut = False

    def send(self, message: Json) -> None:
        """Send it after what was sent before. Raises EngineError when nothing is taken."""
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull as error:
            raise EngineError(f"{self._host} takes nothing any more") from error

    async def receive(self) -> str | bytes:
        """The next message. Raises EngineError when there is none any more."""
        try:
            return await self._socket.recv()
        except (WebSocketException, OSError) as error:
            raise EngineError(f"{self._host} has hung up: {error}") from error

    async def write(self) -> None:
        """Send what is to be sent, until cancelled or cut off."""
        while not self._cut:
            message = await self._waiting.get()
            try:
                await self._socket.send(json.dumps(message))
            except (WebSocketException, OSError):
                self._cut = True  # who receives is told
            self._waiting.task_done()
        while not self._waiting.empty():
            self._waiting.get_nowait()
            self._waiting.task_done()

    async def next_of(self, read: asyncio.Queue[T], seconds: float) -> T:
        """The next of what was read. Raises TimeoutError when nothing comes for so long."""
        try:
            with clock.hold(_ON_ITS_WAY_SECONDS):
                async with asyncio.timeout(seconds):
                    return await read.get()
        except TimeoutError:
            if not clock.is_virtual():
                raise
        # Virtual time has gone on while it was under way.
        await self.keep_pace()
        async with asyncio.timeout(_CLOSE_SECONDS):
            return await read.get()

    async def keep_pace(self) -> None:
        """Let the service take what was sent before virtual time goes on; in real time: nothing."""
        if self._cut or not clock.is_virtual():
            return
        with clock.hold(_CONNECT_SECONDS), suppress(WebSocketException, OSError):
            await self._waiting.join()
            pong = await self._socket.ping()
            await pong


@asynccontextmanager
async def json_socket(
    url: str, headers: Mapping[str, str], outside: Outside
) -> AsyncIterator[JsonSocket]:
    """A connection for as long as it is wanted.

    Raises EngineError when nobody answers, EngineRefused when the key is refused and EngineBusy
    when the service has too much to do.
    """
    host = urlsplit(url).hostname or ""
    with outside.leaving(host):
        connection = await _connect(url, headers, host)
        socket = JsonSocket(connection, host)
        writing = asyncio.create_task(socket.write(), name="json-socket")
        try:
            yield socket
        finally:
            await end(writing)
            await connection.close()


async def _connect(url: str, headers: Mapping[str, str], host: str) -> ClientConnection:
    try:
        with clock.hold(_CONNECT_SECONDS):
            return await web_socket(
                url, headers, most_bytes=_LONGEST_BYTES, open_seconds=_CONNECT_SECONDS,
                close_seconds=_CLOSE_SECONDS,
            )  # fmt: skip
    except InvalidStatus as error:
        status = error.response.status_code
        kind = refusal_of(status)
        told = _TOLD.get(kind, f"answers with status {status} and no conversation")
        raise kind(f"{host} {told}") from error
    except (WebSocketException, OSError, TimeoutError, ValueError) as error:
        raise EngineError(f"cannot reach {host}: {error or type(error).__name__}") from error
