"""A Moshi server without weights, on a free loopback port.

WebSocket `/api/chat` as in `server.py` of the package moshi 0.2.13 and `rust/protocol.md` of
github.com/kyutai-labs/moshi: it says that it is ready with one byte (the server in Rust with nine),
takes Ogg pages with Opus, and answers while they come with pages and pieces of text. It refuses
what that server only warns of: text messages and other kinds than audio.
"""

import asyncio
from collections.abc import Iterable
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, ClassVar

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from device.audio.format import Samples
from device.audio.opus import OPUS_RATE, OpusReader, OpusWriter
from device.audio.resample import Resampler
from device.conversation.duplex.base import FRAME_SAMPLES, MODEL_RATE
from tests.fakes.speech_model import TONE, FakeSpeechModel
from tests.fakes.websocket_server import WebSocketServer

_AUDIO = 1


class Fault(Enum):
    """What goes wrong."""

    UNAUTHORIZED = auto()
    """401."""
    BUSY = auto()
    """429."""
    BROKEN = auto()
    """500."""
    PORTAL = auto()
    """A captive portal answers with a page."""
    TAKEN = auto()
    """Somebody else talks to the model: the handshake does not come."""
    LOST = auto()
    """The connection breaks after `good_frames`."""
    STALLED = auto()
    """Nothing comes any more after `good_frames`."""
    GIVES_UP = auto()
    """An error message after `good_frames`."""
    FLOOD = auto()
    """It says a word without end, faster than anybody can."""
    NOISE = auto()
    """Between what is right comes what is not: unknown kinds, broken pages, text messages."""


class FakeMoshi(WebSocketServer):
    """The server; use it as an async context manager."""

    options: ClassVar[dict[str, Any]] = {"close_timeout": 0.1}

    def __init__(self, answers: Iterable[str] = (), *, long_handshake: bool = False) -> None:
        super().__init__()
        self.fault: Fault | None = None
        self.good_frames = 5
        """Frames that are answered before a fault of the connection."""
        self.model = FakeSpeechModel(list(answers))
        self.refused: list[str] = []
        """What was not as documented."""
        self.heard: list[Samples] = []
        """What each connection let it hear, at `MODEL_RATE`."""
        self._ready = bytes(9) if long_handshake else bytes(1)

    @property
    def url(self) -> str:
        """What goes into [duplex] base_url."""
        return self.root

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path != "/api/chat":
            self.refused.append(f"unknown address {request.path}")
            return connection.respond(HTTPStatus.NOT_FOUND, "404: Not Found\n")
        statuses = {
            Fault.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
            Fault.BUSY: HTTPStatus.TOO_MANY_REQUESTS,
            Fault.BROKEN: HTTPStatus.INTERNAL_SERVER_ERROR,
            Fault.PORTAL: HTTPStatus.OK,
        }
        status = statuses.get(self.fault) if self.fault else None
        if status is None:
            return None
        return connection.respond(status, "<html>Please log in to the hotel</html>")

    async def converse(self, connection: ServerConnection) -> None:
        self.heard.append(np.zeros(0, dtype=np.int16))
        if self.fault is Fault.TAKEN:
            await connection.wait_closed()
        await connection.send(self._ready)
        await self._listen(connection)

    async def _listen(self, line: ServerConnection) -> None:
        mind, writer, frames = self.model.begin(), OpusWriter(MODEL_RATE), Unframer()
        number = 0
        async for message in line:
            if isinstance(message, str) or message[:1] != bytes([_AUDIO]):
                self.refused.append(f"unexpected message {message[:20]!r}")
                continue
            for frame in frames.feed(message[1:]):
                self.heard[-1] = np.concatenate((self.heard[-1], frame))
                number += 1
                if not await self._well(line, number):
                    return
                step = self.model.step(mind, frame)
                if step.samples is not None:
                    await line.send(b"\x01" + writer.feed(step.samples))
                if step.text:
                    await line.send(b"\x02" + step.text.encode())

    async def _well(self, line: ServerConnection, number: int) -> bool:
        if self.fault is Fault.NOISE:
            for noise in (b"", b"\x07x", b"\x04{}", b"\x06", b"\x01OggS nonsense", "text"):
                await line.send(noise)
        if number <= self.good_frames:
            return True
        match self.fault:
            case Fault.LOST:
                line.transport.abort()
                return False
            case Fault.STALLED:
                await line.wait_closed()
            case Fault.FLOOD:
                writer = OpusWriter(MODEL_RATE)
                while True:
                    await line.send(b"\x02 word")
                    await line.send(b"\x01" + writer.feed(TONE))
                    await asyncio.sleep(0)  # who hung up is noticed
            case Fault.GIVES_UP:
                await line.send(b"\x05CUDA out of memory")
                return False
        return True


class Unframer:
    """From pages to frames."""

    def __init__(self) -> None:
        self._reader, self._resampler = OpusReader(), Resampler(OPUS_RATE, MODEL_RATE)
        self._rest = np.zeros(0, dtype=np.int16)

    def feed(self, pages: bytes) -> list[Samples]:
        samples = self._resampler.feed(self._reader.feed(pages))
        self._rest = np.concatenate((self._rest, samples))
        whole = len(self._rest) // FRAME_SAMPLES * FRAME_SAMPLES
        frames, self._rest = self._rest[:whole], self._rest[whole:]
        return list(frames.reshape(-1, FRAME_SAMPLES))
