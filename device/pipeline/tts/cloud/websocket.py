"""Services that take a sentence, and stream its sound, over a WebSocket of its own."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.protocol import State

from device import clock
from device.errors import EngineBusy, EngineError, EngineRefused
from device.pipeline.tts.cloud.dialect import refusal
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

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The sound of one sentence as it arrives. Raises EngineError; closing it hangs up."""
        with _failing_cleanly(self._dialect, self.host):
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
            with _failing_cleanly(self._dialect, self.host):
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
        # No proxy from the environment: whose address is configured is who gets the sentence.
        return await connect(
            self._dialect.url, additional_headers=self._dialect.headers, proxy=None,
            close_timeout=_CLOSE_SECONDS, max_size=_MOST_MESSAGE_BYTES, open_timeout=None,
        )  # fmt: skip


async def _send(socket: ClientConnection, messages: tuple[str, ...]) -> ClientConnection:
    try:
        for message in messages:
            await socket.send(message)
    except BaseException:
        await socket.close()
        raise
    return socket


@contextmanager
def _failing_cleanly(dialect: Dialect, host: str) -> Iterator[None]:
    """Raise only EngineError, EngineRefused and EngineBusy, with the host in the message."""
    try:
        yield
    except (EngineRefused, EngineBusy):
        raise
    except EngineError as error:
        raise EngineError(f"{host}: {error}") from error
    except InvalidStatus as error:
        raise refusal(error.response.status_code, host, dialect.name) from error
    except ConnectionClosed as error:
        if error.rcvd is None:
            raise EngineError(f"{host} broke off") from error
        told = dialect.refusal(error.rcvd.reason)
        raise type(told)(f"{host}: {told}") from error
    except (WebSocketException, OSError, ValueError) as error:
        raise EngineError(
            f"{host} cannot be reached ({error}); check [cloud.{dialect.name}] base_url"
        ) from error
