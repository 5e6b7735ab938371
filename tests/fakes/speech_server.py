"""What the servers that speak have in common: HTTP on a free loopback port, and what goes wrong."""

import asyncio
from abc import abstractmethod
from enum import Enum, auto
from typing import Any, Final

import numpy as np

from benchmarks.llm_wire import chunk
from benchmarks.local_server import HttpServer, read_request
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


class SpeechServer(HttpServer):
    """Answers each POST with the sound of its text, in pieces."""

    rate = 24_000

    def __init__(self, pause_seconds: float = 0.0) -> None:
        """`pause_seconds` pass before each piece of 0.1 s."""
        super().__init__()
        self.fault: Fault | None = None
        self.asked: list[Any] = []
        """Every request that was taken, in order."""
        self.refused: list[str] = []
        """Why requests were not."""
        self._pause_seconds = pause_seconds

    @abstractmethod
    def read(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, Any]:
        """Status and reason of a refusal, or 200 and what was asked, with `text` in it."""

    def encode(self, pcm: bytes) -> bytes:
        """One piece of the answer."""
        return pcm

    def last(self, pcm: bytes) -> bytes:
        """What ends an answer of this sound."""
        return b""

    content_type = "audio/pcm"
    garbage = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tells whether another may follow."""
        method, path, headers, body = await read_request(reader)
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
            await chunk(writer, self.encode(piece))
            begin += step
        if last := self.last(pcm):
            await chunk(writer, last)
        await chunk(writer, b"")
        return True

    async def _half_way(self, writer: asyncio.StreamWriter, piece: bytes) -> bool:
        """Whether it goes on."""
        if self.fault is Fault.CUT:
            # An odd number of bytes; whoever reads gets them before the connection breaks.
            await chunk(writer, self.encode(piece[: len(piece) // 4 * 2 + 1]))
            await asyncio.sleep(0.05)
            return False
        if self.fault is Fault.STALLED:
            await asyncio.Event().wait()
        if self.fault is Fault.GARBAGE and self.garbage:
            await chunk(writer, self.garbage)
        return True


async def _send(writer: asyncio.StreamWriter, status: int, kind: str, body: bytes) -> bool:
    head = f"HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return True
