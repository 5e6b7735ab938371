"""What goes between a Moshi server and those who talk to it. Pure: messages in, messages out.

WebSocket `/api/chat`, binary messages; the first byte is the kind, all numbers are little-endian
(github.com/kyutai-labs/moshi, rust/protocol.md, and moshi/server.py of the package moshi):

    0  handshake  8 bytes, protocol and model version; nothing at all from the server in Python.
                  It comes when the model is free: until then the server keeps one waiting.
    1  audio      pages of Ogg with Opus, mono, both ways
    2  text       a piece of what the model says, UTF-8
    3  control    one byte; not used while both sides stream
    4  metadata   JSON about the server
    5  error      why it gives up, UTF-8
    6  ping       nothing

Other kinds are to be ignored.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from device.errors import ConfigError

_PATH: Final = "/api/chat"
_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class _Kind(IntEnum):
    HANDSHAKE = 0
    AUDIO = 1
    TEXT = 2
    ERROR = 5


@dataclass(frozen=True, slots=True)
class Ready:
    """The model listens from now on."""


@dataclass(frozen=True, slots=True)
class Audio:
    """What it sounds like."""

    pages: bytes
    """Ogg with Opus, cut anywhere."""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of what it says."""

    piece: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The server gives up."""

    reason: str


Message = Ready | Audio | Text | Failure


def read_message(message: bytes | str) -> Message | None:
    """What a message says; None for one that is to be ignored. Never raises."""
    if isinstance(message, str) or not message:
        return None
    kind, payload = message[0], message[1:]
    match kind:
        case _Kind.HANDSHAKE:
            return Ready()
        case _Kind.AUDIO:
            return Audio(payload)
        case _Kind.TEXT:
            return Text(payload.decode(errors="replace"))
        case _Kind.ERROR:
            return Failure(payload.decode(errors="replace"))
    return None


def audio_message(pages: bytes) -> bytes:
    """What we sound like."""
    return bytes([_Kind.AUDIO]) + pages


def chat_address(base_url: str) -> str:
    """Where a server is talked to, from its address. Raises ConfigError when it is none."""
    parts = urlsplit(base_url)
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise ConfigError(f"{base_url!r} is no address; write e.g. http://nas.local:8998")
    path = parts.path.rstrip("/").removesuffix(_PATH) + _PATH
    return urlunsplit((scheme, parts.netloc, path, parts.query, ""))
