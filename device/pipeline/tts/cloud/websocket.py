"""Services that take a sentence, and stream its sound, over a WebSocket of its own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial
from typing import Final, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import Close
from websockets.protocol import State

from device import clock
from device.direct import web_socket
from device.errors import EngineError
from device.pipeline.tts.cloud.dialect import failing_cleanly, refusal, unreachable
from device.pipeline.tts.cloud.sound import Sound
from device.tasks import end
from device.types import Voice

_WARM_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 0.5
_MOST_MESSAGE_BYTES: Final = 4_000_000


class Dialect(Protocol):
    """What is said over the WebSocket; knows no socket."""

    name: str
    voice: Voice
    url: str
    headers: dict[str, str]

    def ask(self, text: str) -> tuple[str, ...]:
        """The messages that ask for a sentence."""
        ...

    def read(self, message: str | bytes) -> Sound | None:
        """The sound in a message; None: that was the last. Raises EngineError."""
        ...

    def refusal(self, reason: str) -> EngineError:
        """What the reason of a close means."""
        ...


class WebSocketService:
    """One voice; the connection for the next sentence may be made before it is needed."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._spare: ClientConnection | None = None
        self._connecting = asyncio.Lock()
        self._preparing: asyncio.Task[None] | None = None
        self.name = dialect.name
        """The service."""
        self.host = urlsplit(dialect.url).hostname or ""
        """Where the text goes."""
        self.voice = dialect.voice
        """Whose voice it is."""
        self._meaning = partial(_meaning, dialect=dialect, host=self.host)

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The sound of one sentence as it arrives. Raises EngineError; closing it hangs up."""
        with failing_cleanly(self.host, self._meaning):
            socket = await self._take(self._dialect.ask(text))
            try:
                async for message in socket:
                    sound = self._dialect.read(message)
                    if sound is None:
                        break
                    yield sound
                else:
                    raise EngineError("its answer ends before the sentence does")
            finally:
                await socket.close()
        # For the first sentence of the next reply, which everybody waits for.
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.create_task(self._prepare(), name="connect")

    async def connect(self) -> None:
        """Connect, so that the next sentence does not pay for it. Raises EngineError."""
        async with self._connecting:
            if self._spare is not None and self._spare.state is State.OPEN:
                return
            with failing_cleanly(self.host, self._meaning):
                self._spare = await self._open()

    async def close(self) -> None:
        """Disconnect; idempotent."""
        if self._preparing is not None:
            await end(self._preparing)
        spare, self._spare = self._spare, None
        if spare is not None:
            await spare.close()

    async def _prepare(self) -> None:
        with suppress(EngineError, TimeoutError), clock.hold(_WARM_SECONDS):
            async with asyncio.timeout(_WARM_SECONDS):
                await self.connect()

    async def _take(self, messages: tuple[str, ...]) -> ClientConnection:
        """A connection over which a sentence was asked for."""
        spare, self._spare = self._spare, None
        if spare is not None and spare.state is State.OPEN:
            try:
                return await _send(spare, messages)
            except ConnectionClosed:
                pass  # it waited too long for its sentence
        return await _send(await self._open(), messages)

    async def _open(self) -> ClientConnection:
        return await web_socket(
            self._dialect.url, self._dialect.headers, most_bytes=_MOST_MESSAGE_BYTES,
            close_seconds=_CLOSE_SECONDS,
        )  # fmt: skip


async def _send(socket: ClientConnection, messages: tuple[str, ...]) -> ClientConnection:
    try:
        for message in messages:
            await socket.send(message)
    except BaseException:
        await socket.close()
        raise
    return socket


def _meaning(error: Exception, dialect: Dialect, host: str) -> EngineError | None:
    match error:
        case InvalidStatus(response=response):
            return refusal(response.status_code, host, dialect.name)
        case ConnectionClosed(rcvd=None):
            return EngineError(f"{host} broke off")
        case ConnectionClosed(rcvd=Close(reason=reason)):
            told = dialect.refusal(reason)
            return type(told)(f"{host}: {told}")
        case WebSocketException() | OSError() | ValueError():
            return unreachable(error, host, dialect.name)
    return None
