"""A server of files that does to its clients what servers, proxies and networks do."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from benchmarks.local_server import HttpServer, read_request

_REASONS: Final = {200: "OK", 206: "Partial Content", 302: "Found", 404: "Not Found",
                   416: "Range Not Satisfiable", 429: "Too Many Requests",
                   503: "Service Unavailable"}  # fmt: skip


@dataclass(frozen=True)
class Manners:
    """How one answer is given."""

    cut_after: int | None = None
    """Break the connection after so many bytes of the body."""
    stall_after: int | None = None
    """Say nothing more after so many bytes of the body, and keep the connection."""
    length: int | None = None
    """Content-Length, whatever the length; -1: none at all."""
    ranges: bool = True
    """Give the piece that is asked for."""
    piece_at: int | None = None
    """Claim in Content-Range to begin there."""
    status: int | None = None
    """Answer so, without the file."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further ones, or others."""
    content: bytes | None = None
    """Send this instead."""


GOOD: Final = Manners()


class FileServer(HttpServer):
    """Serves `files` by path; `manners` are those of the next answers, then it behaves."""

    def __init__(self, files: dict[str, bytes], *manners: Manners) -> None:
        super().__init__()
        self.files = files
        self.version = "1"
        """What its ETag says."""
        self.manners = list(manners)
        self.asked: list[tuple[str, str]] = []
        """Path and Range of each request."""

    def url(self, path: str) -> str:
        """Where a file is."""
        return f"{self.root}/{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tells whether another may follow."""
        _, path, headers, _ = await read_request(reader)
        self.asked.append((path, headers.get("range", "")))
        manners = self.manners.pop(0) if self.manners else GOOD
        content = self.files.get(path.lstrip("/"))
        if content is None:
            manners = replace(manners, status=manners.status or 404)
        whole = manners.content if manners.content is not None else content or b""
        status, start = self._piece(headers, whole, manners)
        body = b"" if status >= 300 and manners.content is None else whole[start:]
        writer.write(self._head(status, start, whole, body, manners))
        for end in (manners.cut_after, manners.stall_after):
            if end is not None:
                body = body[:end]
        writer.write(body)
        await writer.drain()
        if manners.stall_after is not None:
            await reader.read()  # until the client hangs up
        return False

    def _piece(self, headers: Mapping[str, str], whole: bytes, manners: Manners) -> tuple[int, int]:
        if manners.status is not None:
            return manners.status, 0
        asked = headers.get("range", "")
        fresh = headers.get("if-range", self._tag) == self._tag
        if not (asked and fresh and manners.ranges):
            return 200, 0
        start = int(asked.removeprefix("bytes=").split("-")[0])
        return (206, start) if start < len(whole) else (416, 0)

    def _head(self, status: int, start: int, whole: bytes, body: bytes, manners: Manners) -> bytes:
        length = len(body) if manners.length is None else manners.length
        headers = {"Content-Type": "application/octet-stream", "ETag": self._tag,
                   "Content-Length": str(length), "Connection": "close"}  # fmt: skip
        if length < 0:
            del headers["Content-Length"]
        if status == 206:
            at = start if manners.piece_at is None else manners.piece_at
            headers["Content-Range"] = f"bytes {at}-{len(whole) - 1}/{len(whole)}"
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Other')}"]
        lines += [f"{name}: {value}" for name, value in {**headers, **manners.headers}.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    @property
    def _tag(self) -> str:
        return f'"{self.version}"'
