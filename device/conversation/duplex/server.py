"""Talks with a model on a Moshi server in the house, over WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus, WebSocketException

from device import clock
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.audio.opus import OPUS_RATE, OpusReader, OpusWriter
from device.conversation.duplex.base import (
    FRAME_SECONDS,
    MODEL_RATE,
    Link,
    ModelAudio,
    ModelText,
    Output,
)
from device.conversation.duplex.wire import (
    Audio,
    Failure,
    Message,
    Ready,
    Text,
    audio_message,
    chat_address,
    read_message,
)
from device.direct import refusal_of, web_socket
from device.errors import EngineBusy, EngineError
from device.outside import Outside, Unit

SERVICE: Final = "duplex"
"""As which its use is counted."""
_CONNECT_SECONDS: Final = 3.0
_CLOSE_SECONDS: Final = 0.5
"""Who waits for us to hang up is not kept waiting."""
_READY_SECONDS: Final = 3.0
_SILENT_SECONDS: Final = 3.0
"""A server that hears gives sound all the time, if only silence."""
_LONGEST_BYTES: Final = 1 << 18


class MoshiServer:
    """One server; it is connected to for as long as a conversation lasts."""

    def __init__(self, base_url: str, outside: Outside) -> None:
        """Raises ConfigError when `base_url` is no address, EngineMissing without Opus."""
        self._address = chat_address(base_url)
        self._host = urlsplit(base_url).hostname or ""
        self._outside = outside
        OpusReader()  # who lacks the codec is told at the start

    async def warm_up(self) -> None:
        """The server does that itself, and it has one place only, which others may want."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Link]:
        """Connect until the block ends. Raises EngineError, EngineBusy when it is not free."""
        with self._outside.leaving(self._host):
            socket = await self._connected()
            link = _ServerLink(socket, self._host)
            self._outside.spend(SERVICE, Unit.REQUESTS, 1)
            try:
                await link.ready()
                yield link
            finally:
                await socket.close()
                self._outside.spend(SERVICE, Unit.AUDIO_SECONDS, link.seconds)

    async def _connected(self) -> ClientConnection:
        with _failing_cleanly(self._host), clock.hold(_CONNECT_SECONDS):
            return await web_socket(
                self._address, {}, most_bytes=_LONGEST_BYTES, open_seconds=_CONNECT_SECONDS,
                close_seconds=_CLOSE_SECONDS,
            )  # fmt: skip


class _ServerLink:
    """One connection."""

    def __init__(self, socket: ClientConnection, host: str) -> None:
        self._socket = socket
        self._host = host
        self._writer = OpusWriter(MODEL_RATE)
        self._reader = OpusReader()
        self.seconds = 0.0
        """Of sound that was sent and received."""

    async def ready(self) -> None:
        """Wait until the model listens. Raises EngineError, EngineBusy."""
        try:
            with clock.hold(_READY_SECONDS):
                async with asyncio.timeout(_READY_SECONDS):
                    while not isinstance(await self._receive(), Ready):
                        pass
        except TimeoutError as error:
            raise EngineBusy(
                f"the speech model at {self._host} does not listen; it may be talking to "
                "somebody else"
            ) from error

    async def send(self, frame: Samples) -> None:
        """Let it hear a frame. Raises EngineError when it is gone or takes no more."""
        with _failing_cleanly(self._host):
            async with asyncio.timeout(_SILENT_SECONDS):
                await self._socket.send(audio_message(self._writer.feed(frame)))
                await self._keep_pace()
        self.seconds += FRAME_SECONDS

    async def _keep_pace(self) -> None:
        """Let the server answer before virtual time goes on; in real time: nothing."""
        if clock.is_virtual():
            with clock.hold(_SILENT_SECONDS):
                pong = await self._socket.ping()
                await pong

    async def outputs(self) -> AsyncIterator[Output]:
        """What it says. Raises EngineError when it is gone or falls silent for good."""
        while True:
            with _failing_cleanly(self._host):
                async with asyncio.timeout(_SILENT_SECONDS):
                    output = await self._output()
            yield output

    async def _output(self) -> Output:
        while True:
            match await self._receive():
                case Text(piece=piece):
                    return ModelText(piece)
                case Audio(pages=pages) if len(samples := self._reader.feed(pages)):
                    chunk = AudioChunk.from_samples(samples, OPUS_RATE)
                    self.seconds += chunk.seconds
                    return ModelAudio(chunk)

    async def _receive(self) -> Message | None:
        with _failing_cleanly(self._host):
            message = read_message(await self._socket.recv())
        if isinstance(message, Failure):
            reason = message.reason[:200]
            raise EngineError(f"the speech model at {self._host} gives up: {reason!r}")
        return message


@contextmanager
def _failing_cleanly(host: str) -> Iterator[None]:
    """Raise only errors of ours."""
    try:
        yield
    except EngineError:
        raise
    except TimeoutError as error:
        raise EngineError(f"the speech model at {host} does not answer") from error
    except InvalidStatus as error:
        status = error.response.status_code
        raise refusal_of(status)(
            f"the speech model at {host} refused with HTTP {status}; check [duplex] base_url"
        ) from error
    except (OSError, ValueError, WebSocketException) as error:
        raise EngineError(
            f"the speech model at {host} cannot be reached ({error}); check [duplex] base_url"
        ) from error
