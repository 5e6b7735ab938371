"""What the servers that speak have in common: HTTP on a free loopback port, and what goes wrong."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Any, Final, Protocol, TypeVar

import numpy as np

from device.audio.format import Samples

KEY: Final = "key-of-the-account"
"""The key that all of them accept."""
PAGE: Final = b"<html><body>Please log in to the hotel</body></html>"
_SECONDS_A_CHARACTER: Final = 0.06
_BLOCK_SECONDS: Final = 0.1


class Fault(Enum):
    """What goes wrong."""

    REFUSED = auto()
    """401."""
    BUSY = auto()
    """429."""
    BROKEN = auto()
    """500."""
    PORTAL = auto()
    """A captive portal answers with a page."""
    LOST = auto()
    """The connection breaks before the answer."""
    SILENT = auto()
    """The request is taken, and nothing comes."""
    EMPTY = auto()
    """The answer holds no sound."""
    CUT = auto()
    """The connection breaks half-way, in the middle of a sample."""
    STALLED = auto()
    """Nothing comes any more after the half."""
    GARBAGE = auto()
    """Half-way comes what is not as documented."""
    ENDLESS = auto()
    """The answer never ends."""


def tone(text: str, rate: int) -> Samples:
    """What the servers say: longer for longer texts, and different for different ones."""
    time = np.arange(int(_SECONDS_A_CHARACTER * len(text) * rate)) / rate
    hertz = 200 + sum(map(ord, text)) % 300
    return np.asarray(8_000 * np.sin(2 * np.pi * hertz * time), dtype=np.int16)


class Serving(Protocol):
    """A server that can be started and stopped."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


S = TypeVar("S", bound=Serving)


@contextmanager
def serving(fake: S) -> Iterator[S]:
    """The server in a thread of its own: virtual time is none of its business."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fake-speech")
    thread.start()
    asyncio.run_coroutine_threadsafe(fake.start(), loop).result(10)
    try:
        yield fake
    finally:
        asyncio.run_coroutine_threadsafe(fake.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class SpeechServer:
    """Answers each POST with the sound of its text, in pieces."""

    rate = 24_000

    def __init__(self, pause_seconds: float = 0.0) -> None:
        """`pause_seconds` pass before each piece of 0.1 s."""
        self.fault: Fault | None = None
        self.asked: list[Any] = []
        """Every request that was taken, in order."""
        self.refused: list[str] = []
        """Why requests were not."""
        self.accepted = 0
        """Connections so far."""
        self.open = 0
        """Connections at present."""
        self.port = 0
        self._pause_seconds = pause_seconds
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Break every connection and listen no more."""
        if self._server is not None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._server = None

    def read(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, Any]:
        """Status and reason of a refusal, or 200 and what was asked, with `text` in it."""
        raise NotImplementedError

    def encode(self, pcm: bytes) -> bytes:
        """One piece of the answer."""
        return pcm

    def last(self, pcm: bytes) -> bytes:
        """What ends an answer of this sound."""
        return b""

    content_type = "audio/pcm"
    garbage = b""

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        self.open += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._serve(reader, writer):
                    pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tells whether another may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        names = dict(line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in names.items()}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = head[0].split(" ")
        if method == "HEAD":
            return await _send(writer, 404, "text/plain", b"")
        status, reason, request = self.read(path, headers, body)
        if status != 200:
            self.refused.append(reason)
            return await _send(writer, status, "application/json", b"{}")
        self.asked.append(request)
        return await self._answer(writer, request["text"])

    async def _answer(self, writer: asyncio.StreamWriter, text: str) -> bool:
        broken = {Fault.REFUSED: 401, Fault.BUSY: 429, Fault.BROKEN: 500}
        if self.fault in broken:
            return await _send(writer, broken[self.fault], "application/json", b"{}")
        if self.fault is Fault.PORTAL:
            return await _send(writer, 200, "text/html", PAGE)
        if self.fault is Fault.LOST:
            return False
        writer.write(
            f"HTTP/1.1 200 -\r\ncontent-type: {self.content_type}\r\n"
            "transfer-encoding: chunked\r\n\r\n".encode()
        )
        if self.fault is Fault.SILENT:
            await asyncio.Event().wait()
        return await self._stream(writer, b"" if self.fault is Fault.EMPTY else self.pcm(text))

    def pcm(self, text: str) -> bytes:
        """The whole sound of a text."""
        return tone(text, self.rate).astype("<i2").tobytes()

    async def _stream(self, writer: asyncio.StreamWriter, pcm: bytes) -> bool:
        step, half = int(2 * self.rate * _BLOCK_SECONDS), len(pcm) // 2
        begin = 0
        while begin < len(pcm) or self.fault is Fault.ENDLESS:
            piece = pcm[begin : begin + step] or pcm[:step]
            if begin <= half < begin + step and not await self._half_way(writer, piece):
                return False
            await asyncio.sleep(self._pause_seconds)
            await _chunk(writer, self.encode(piece))
            begin += step
        if last := self.last(pcm):
            await _chunk(writer, last)
        await _chunk(writer, b"")
        return True

    async def _half_way(self, writer: asyncio.StreamWriter, piece: bytes) -> bool:
        """Whether it goes on."""
        if self.fault is Fault.CUT:
            # An odd number of bytes; whoever reads gets them before the connection breaks.
            await _chunk(writer, self.encode(piece[: len(piece) // 4 * 2 + 1]))
            await asyncio.sleep(0.05)
            return False
        if self.fault is Fault.STALLED:
            await asyncio.Event().wait()
        if self.fault is Fault.GARBAGE and self.garbage:
            await _chunk(writer, self.garbage)
        return True


async def _chunk(writer: asyncio.StreamWriter, block: bytes) -> None:
    writer.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
    await writer.drain()


async def _send(writer: asyncio.StreamWriter, status: int, kind: str, body: bytes) -> bool:
    head = f"HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return True
