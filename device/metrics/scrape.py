"""The little of HTTP that a page of figures needs. Pure.

Source: RFC 9110 and 9112. One request a connection; GET and HEAD; a body is not read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

MAX_HEAD_BYTES: Final = 8_192
"""Request line and headers; nobody who wants a page needs more."""

_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.[01]\r?\n")


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered."""

    body: str
    content_type: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


Pages = Mapping[str, Callable[[], Page]]
"""What makes each page, by path."""


def answer(head: bytes, pages: Pages) -> bytes:
    """The whole response to a request of which `head` is the request line and headers."""
    found = _REQUEST_LINE.match(head)
    if found is None:
        return refusal(HTTPStatus.BAD_REQUEST)
    method, target = found.groups()
    make = pages.get(target.partition(b"?")[0].decode("ascii"))
    if make is None:
        return refusal(HTTPStatus.NOT_FOUND)
    if method not in (b"GET", b"HEAD"):
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Allow: GET, HEAD")
    return _response(make(), with_body=method == b"GET")


def refusal(status: HTTPStatus, *headers: str) -> bytes:
    """A response that says why there is no page."""
    return _response(Page(f"{status.value} {status.phrase}\n", status=status), True, *headers)


def _response(page: Page, with_body: bool, *headers: str) -> bytes:
    body = page.body.encode("utf-8", "replace")
    lines = (
        f"HTTP/1.1 {page.status.value} {page.status.phrase}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *headers,
    )
    head = "".join(f"{line}\r\n" for line in lines).encode("ascii") + b"\r\n"
    return head + body if with_body else head
