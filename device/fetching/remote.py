"""A file elsewhere, what is asked for it, and what an answer to that means. All of it is pure.

An answer is judged before a byte of it is written: a web page, another size than is known, or a
piece that does not continue what is here is never mixed with what was fetched before.
Source: RFC 9110, sections 13.1.5 (If-Range), 14 (Range), 10.2.3 (Retry-After).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from device.errors import FetchError, FetchMismatch

LARGEST_BYTES: Final = 8 * 1024**3
"""More is never taken from anybody who does not say beforehand how much it will be."""
_ADDRESS: Final = re.compile(r"https?://[!-.0-~]+/[!-~]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may be answered later."""
_PAGES: Final = ("text/html", "application/xhtml")


class Unsteady(Exception):
    """It did not work this time, and may the next."""

    def __init__(
        self, reason: str, after_seconds: float | None = None, *, anew: bool = False
    ) -> None:
        """`after_seconds` is what the server asks to wait; None: it does not say.

        `anew`: what is here cannot be continued.
        """
        super().__init__(reason)
        self.after_seconds = after_seconds
        self.anew = anew


@dataclass(frozen=True, slots=True)
class Remote:
    """A file elsewhere, and what is known of it beforehand."""

    url: str
    """https://… or http://…"""
    size: int | None = None
    """Bytes; None: unknown."""
    sha256: str | None = None
    """64 hexadecimal digits in lower case; None: unknown."""

    def __post_init__(self) -> None:
        """Raises FetchError for what is no address, size or digest."""
        if not _ADDRESS.fullmatch(self.url):
            raise FetchError(f"{self.url!r} is no address of a file; it starts with https://")
        if self.size is not None and not 0 <= self.size <= LARGEST_BYTES:
            raise FetchError(f"{self.url}: {self.size} bytes are no size of a file")
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise FetchError(f"{self.url}: {self.sha256!r} is no SHA-256")


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer, and where it belongs."""

    offset: int
    """Bytes of the file that come before it."""
    end: int | None
    """Bytes of the file when the body is complete; None: the server does not say."""
    validator: str
    """What names this version of the file to the server; empty: nothing does."""


def request_headers(have: int, validator: str, remote: Remote) -> dict[str, str]:
    """What is asked when `have` bytes are here, of the version that `validator` names.

    Bytes of an unknown version are continued only where the digest will tell in the end.
    """
    headers = {"Accept-Encoding": "identity"}
    if have and (validator or remote.sha256):
        headers["Range"] = f"bytes={have}-"
        if validator:
            headers["If-Range"] = validator
    return headers


def judge(status: int, headers: Mapping[str, str], have: int, remote: Remote) -> Body:
    """Where the body of this answer belongs; names of `headers` are in lower case.

    Raises Unsteady for what may be better later, FetchMismatch for another file than is known, and
    FetchError for what will never be the file.
    """
    if status not in (200, 206):
        raise _refusal(status, headers, remote)
    if headers.get("content-type", "").lower().startswith(_PAGES):
        raise FetchError(
            f"{remote.url} answers with a web page; check the address, and whether the network "
            "wants somebody to log in first"
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchError(f"{remote.url} is sent packed though it was not asked to be; use a mirror")
    length = _number(headers.get("content-length", ""))
    offset, end = (0, length) if status == 200 else _continued(headers, length, have)
    if remote.size is not None and end is not None and end != remote.size:
        raise FetchMismatch(
            f"{remote.url} has {end} bytes and should have {remote.size}; it is another file now"
        )
    if end is not None and end > LARGEST_BYTES:
        raise FetchError(f"{remote.url} has {end} bytes, more than is ever fetched")
    return Body(offset, remote.size if end is None else end, _validator(headers))


def most_bytes(remote: Remote, body: Body) -> int:
    """How many bytes the file may have at most."""
    known = (size for size in (remote.size, body.end) if size is not None)
    return min(known, default=LARGEST_BYTES)


def _refusal(status: int, headers: Mapping[str, str], remote: Remote) -> Exception:
    said = f"{remote.url} answers {status}"
    if status in _LATER:
        return Unsteady(said, _number(headers.get("retry-after", "")))
    if status == 416:
        return Unsteady(f"{said}: it has less than was fetched already", anew=True)
    if 300 <= status < 400:
        return FetchError(f"{said} and leads in a circle or to no web address; check it")
    return FetchError(f"{said}; check the address, or fetch it elsewhere with a mirror")


def _continued(headers: Mapping[str, str], length: int | None, have: int) -> tuple[int, int | None]:
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None or int(found[1]) != have or not have <= int(found[2]):
        raise Unsteady("the server continues at another place than it was asked for", anew=True)
    if length is not None and length != int(found[2]) + 1 - have:
        raise Unsteady("the server announces a piece of two lengths", anew=True)
    return have, None if found[3] == "*" else int(found[3])


def _validator(headers: Mapping[str, str]) -> str:
    """A strong ETag, else the date of the last change; a weak ETag says nothing about bytes."""
    tag = headers.get("etag", "")
    return tag if tag.startswith('"') else headers.get("last-modified", "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
