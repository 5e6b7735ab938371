"""What the HTTP services that write down speech have in common, and what goes wrong with them."""

import asyncio
import io
import json
import wave
from abc import abstractmethod
from email.utils import formatdate
from enum import Enum, auto
from typing import Any, Final

from benchmarks.local_server import HttpServer, read_request

KEY: Final = "key-of-a-test"
"""The key that they accept."""


class Fault(Enum):
    """What goes wrong."""

    SILENT = auto()
    """The request is taken, and nothing comes."""
    LOST = auto()
    """The connection breaks before the answer."""
    CUT = auto()
    """It breaks in the middle of it."""
    GARBAGE = auto()
    """The answer is no JSON."""
    MISSHAPEN = auto()
    """It is other JSON than documented."""
    DEEP = auto()
    """It is JSON that no parser gets to the bottom of."""
    ENDLESS = auto()
    """The answer never ends."""
    PORTAL = auto()
    """A captive portal answers with a page."""
    REDIRECT = auto()
    """A captive portal sends the client to its page."""
    BUSY = auto()
    """429."""
    BROKEN = auto()
    """500."""


class PostedSpeech(HttpServer):
    """One service on a free loopback port."""

    def __init__(self, text: str = "turn on the light") -> None:
        """It understands `text`, whatever is said."""
        super().__init__()
        self.text = text
        self.fault: Fault | None = None
        self.heard: list[float] = []
        """Seconds of speech in every request that was taken."""
        self.languages: list[str] = []
        self.models: list[str] = []
        self.refused: list[str] = []
        """Why requests were not taken."""

    @abstractmethod
    def verdict(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Status and reason of a refusal; no reason for a request as documented."""

    @abstractmethod
    def answer(self) -> dict[str, Any]:
        """What it understood, as it is documented."""

    def error(self, status: int, reason: str) -> dict[str, Any]:
        """A refusal as it is documented."""
        return {"error": {"message": reason, "code": status}}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; none follows."""
        method, path, headers, body = await read_request(reader)
        status, reason = self.verdict(path, headers, body) if method == "POST" else (405, method)
        status, reason = {
            Fault.BUSY: (429, "Rate limit reached"), Fault.BROKEN: (500, "The server had an error")
        }.get(self.fault, (status, reason)) if self.fault else (status, reason)  # fmt: skip
        if reason:
            self.refused.append(reason)
            await _send(writer, status, json.dumps(self.error(status, reason)).encode())
        else:
            await self._go_wrong(writer) if self.fault else await self._go_right(writer)
        await reader.read(1)  # until the client hangs up
        return False

    async def _go_right(self, writer: asyncio.StreamWriter) -> None:
        await _send(writer, 200, json.dumps(self.answer()).encode())

    async def _go_wrong(self, writer: asyncio.StreamWriter) -> None:
        whole = json.dumps(self.answer()).encode()
        match self.fault:
            case Fault.SILENT:
                await asyncio.Event().wait()
            case Fault.LOST:
                raise ConnectionError
            case Fault.CUT:
                await _send(writer, 200, whole[: len(whole) // 2], length=len(whole))
                raise ConnectionError
            case Fault.GARBAGE:
                await _send(writer, 200, b"{]")
            case Fault.MISSHAPEN:
                await _send(
                    writer, 200, b'{"text": [1], "RecognitionStatus": "Success", "candidates": [4]}'
                )
            case Fault.DEEP:
                await _send(writer, 200, b"[" * 100_000)
            case Fault.ENDLESS:
                await _send(writer, 200, b'{"text": "', length=1 << 40)
                while True:
                    writer.write(b"on and " * 10_000)
                    await writer.drain()
            case Fault.PORTAL:
                page = b"<html><body>Please log in to the hotel</body></html>"
                await _send(writer, 200, page, kind="text/html")
            case Fault.REDIRECT:
                await _send(writer, 302, b"", more=f"location: {self.root}/login\r\n")


def seconds_in(wav: bytes) -> float:
    """Length of a WAV, which must be mono, 16 bit, 16 kHz."""
    with wave.open(io.BytesIO(wav)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (
            1,
            2,
            16000,
        )
        return float(reader.getnframes() / reader.getframerate())


async def _send(
    writer: asyncio.StreamWriter, status: int, body: bytes, *, length: int | None = None,
    kind: str = "application/json", more: str = "",
) -> None:  # fmt: skip
    writer.write(
        f"HTTP/1.1 {status} -\r\ndate: {formatdate(usegmt=True)}\r\ncontent-type: {kind}\r\n"
        f"{more}content-length: {len(body) if length is None else length}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
