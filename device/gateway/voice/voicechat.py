"""Messages of browser voice chat (PROTOCOLS.md section 1, requirement G2). Pure.

WebSocket `/voice`. Text messages are JSON. What PROTOCOLS.md does not have is marked as ours; who
does not know it can leave it out and skip it.

Client to server:

    {"type": "start"}           begin, or begin anew with other options (all ours):
        "listen": "always"      hands-free: whatever is said is heard (the default)
                  "on_request"  talk button: only after a "listen"
        "audio": "pcm"          16-bit little-endian PCM, 24 kHz, mono, both ways (the default)
                 "opus"         a packet of Opus a message, mono, both ways (RFC 6716, no container)
        "events": true          send "event" messages too
        "sample_rate": 24000    refused when it is another
    {"type": "stop"}            end and drop all work; sound is ignored until the next "start"
    {"type": "reset"}           forget the dialogue
    {"type": "interrupt"}       cut the running reply
    {"type": "listen"}          ours: listen now; the talk button is pressed
    {"type": "end_of_speech"}   ours: that was the sentence; the talk button is released
    {"type": "text", "content"} ours: a typed question

    binary: a header of 8 bytes, then sound. The header is two unsigned numbers of 32 bits, most
    significant byte first:
        time    milliseconds on the client's clock at the first sample; wraps
        status  bit 0       a reply is being played
                bit 1       the microphone is muted: the sound counts as silence
                bits 2-7    0
                bits 8-15   energy of the sound: 255 less dB below full scale; 0: not measured
                bits 16-31  0
    Only bit 1 changes what is done here.

Server to client, each with `session_id`: the table of PROTOCOLS.md, with `code` (ours) in "error",
and also ours:

    {"type": "reset_acknowledged"}
    {"type": "event", "event": ...}   what happens, in the form of `parlor listen --json`; the parts
                                      of the home in that of `device.gateway.home_view`
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from device.errors import CommandInvalid

RATE: Final = 24_000
"""Hz of PCM both ways."""
CHUNK_SAMPLES: Final = 2_048
"""What a client sends in a message; others are taken as well."""
PCM_FORMAT: Final = "pcm_s16le_24000"
OPUS_FORMAT: Final = "opus"
MOST_TEXT: Final = 1_000
"""Characters of a typed question."""

_MOST_JSON: Final = 16_384
_MOST_SOUND_BYTES: Final = 2 * RATE
"""A second of PCM; nobody records that long before it is sent."""
_HEADER: Final = struct.Struct(">II")
_PLAYING, _MUTED = 1, 2
_LEVEL_AT: Final = 8
_FULL_SCALE: Final = 255

Json = dict[str, Any]
Message = str | bytes
"""Of a WebSocket: text or binary."""


class Listen(StrEnum):
    """When what is said is heard."""

    ALWAYS = "always"
    ON_REQUEST = "on_request"


@dataclass(frozen=True, slots=True)
class Start:
    """Begin."""

    listen: Listen = Listen.ALWAYS
    opus: bool = False
    events: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed question."""

    text: str


class Command(StrEnum):
    """What has no fields."""

    STOP = "stop"
    RESET = "reset"
    INTERRUPT = "interrupt"
    LISTEN = "listen"
    END_OF_SPEECH = "end_of_speech"


Request = Start | Typed | Command


@dataclass(frozen=True, slots=True)
class Sound:
    """One binary message of a client."""

    payload: bytes
    """PCM or Opus, as it was agreed."""
    time_ms: int = 0
    """On the client's clock, at the first sample; wraps at 2**32."""
    playing: bool = False
    """A reply is being played over there."""
    muted: bool = False
    """The microphone is muted."""
    level_dbfs: int | None = None
    """0 to -254, as the client measured it."""


def read_request(message: str) -> Request:
    """What a client asks for. Raises CommandInvalid."""
    fields = read_json(message)
    kind = fields.get("type")
    match kind:
        case "start":
            return _read_start(fields)
        case "text":
            return Typed(read_text(fields, "content"))
        case str() if kind in tuple(Command):
            return Command(kind)
    raise CommandInvalid(f"unknown type; it is start, text, {', '.join(Command)}")


def read_json(message: str) -> Json:
    """The fields of a message. Raises CommandInvalid."""
    if len(message) > _MOST_JSON:
        raise CommandInvalid(f"a text message has at most {_MOST_JSON} characters")
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise CommandInvalid("a text message has to be JSON") from error
    if not isinstance(fields, dict):
        raise CommandInvalid('a text message has to be a JSON object with a "type"')
    return fields


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """What somebody typed. Raises CommandInvalid."""
    text = fields.get(name)
    if not isinstance(text, str) or not text.strip():
        raise CommandInvalid(f'"{name}" has to be a text')
    if len(text) > MOST_TEXT:
        raise CommandInvalid(f'"{name}" may have {MOST_TEXT} characters')
    # JSON can hold half a pair of UTF-16, which no text has.
    return text.encode(errors="replace").decode().strip()


def _read_start(fields: Mapping[str, Any]) -> Start:
    check_rate(fields, RATE)
    audio = fields.get("audio", "pcm")
    if audio not in ("pcm", "opus"):
        raise CommandInvalid('"audio" is pcm or opus')
    listen = fields.get("listen", Listen.ALWAYS.value)
    if listen not in tuple(Listen):
        raise CommandInvalid('"listen" is always or on_request')
    return Start(Listen(listen), audio == "opus", fields.get("events") is True)


def check_rate(fields: Mapping[str, Any], rate: int) -> None:
    """Refuse what says that it is of another rate. Raises CommandInvalid."""
    if fields.get("sample_rate", rate) != rate:
        raise CommandInvalid(f"sound has to have {rate} samples a second here")


def read_sound(message: bytes) -> Sound:
    """One binary message of a client. Raises CommandInvalid."""
    payload = message[_HEADER.size :]
    if not payload:
        raise CommandInvalid("a binary message is a header of 8 bytes, then sound")
    if len(payload) > _MOST_SOUND_BYTES:
        raise CommandInvalid("a binary message has at most one second of sound")
    time_ms, status = _HEADER.unpack_from(message)
    level = status >> _LEVEL_AT & 0xFF
    return Sound(
        payload, time_ms, bool(status & _PLAYING), bool(status & _MUTED),
        level - _FULL_SCALE if level else None,
    )  # fmt: skip


def sound_message(sound: Sound) -> bytes:
    """What a client sends."""
    level = 0
    if sound.level_dbfs is not None:
        level = min(_FULL_SCALE, max(1, _FULL_SCALE + sound.level_dbfs))
    status = sound.playing * _PLAYING | sound.muted * _MUTED | level << _LEVEL_AT
    return _HEADER.pack(sound.time_ms & 0xFFFF_FFFF, status) + sound.payload


def message(session_id: str, kind: str, **fields: Any) -> str:
    """What the server sends."""
    return json.dumps({"type": kind, "session_id": session_id, **fields}, ensure_ascii=False)
