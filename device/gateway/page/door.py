"""The web page: a fixed table of files, so that no path leads anywhere else.

GET /            the page
GET /web/NAME    its style, scripts and icon
GET /access      204 when this client may come in, else what keeps it out: a browser does not
                 tell a page why a WebSocket was refused
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response

from device.gateway.reception import Reception

PAGE: Final = "index.html"
TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""The page asks no other computer for anything and shows itself in nobody's frame."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the page."""

    content: bytes
    media_type: str

    def response(self) -> Response:
        """As it is sent."""
        return Response(self.content, media_type=self.media_type, headers=HEADERS)


def page_files() -> dict[str, File]:
    """Everything the page is made of, by name."""
    folder = files("device.gateway") / "web"
    return {
        one.name: File(one.read_bytes(), TYPES[one.name.rpartition(".")[2]])
        for one in folder.iterdir()
        if one.name.rpartition(".")[2] in TYPES
    }


def router(reception: Reception) -> APIRouter:
    """Serves the page to everybody: it is as public as the program, and shows nothing of a home."""
    made, table = APIRouter(), page_files()

    @made.get("/", include_in_schema=False)
    async def page() -> Response:
        return table[PAGE].response()

    @made.get("/web/{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        if name not in table:
            raise HTTPException(404)
        return table[name].response()

    @made.get("/access", status_code=204)
    async def access(request: Request) -> None:
        reception.check(request)

    return made
