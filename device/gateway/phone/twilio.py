"""Twilio Media Streams: what is said on the WebSocket of a telephone call. Pure.

Every message is JSON in a text frame (www.twilio.com/docs/voice/media-streams/websocket-messages;
PROTOCOLS.md section 3).

From Twilio: `connected`, then `start` (who calls, in which form sound comes), `media` (20 ms of
mu-law at 8 kHz, base64), `dtmf` (a key was pressed), `mark` (sound that was sent has been played,
or was thrown away), `stop`. To Twilio, each with `streamSid`: `media`, `mark` (say when you are
here), `clear` (throw away what was not played).
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from device.audio.format import Samples
from device.errors import CommandInvalid
from device.gateway.mulaw import PHONE_RATE, decode, encode

_LONGEST: Final = 65_536
"""Characters of a message; 20 ms of sound have about 400."""
_ENCODING: Final = "audio/x-mulaw"


@dataclass(frozen=True, slots=True)
class Started:
    """The call begins."""

    stream: str
    """streamSid; everything that is sent names it."""
    call: str
    """callSid."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the TwiML document gave along."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller's sound."""

    samples: Samples
    """8 kHz mono, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What was sent before a mark has been played or thrown away."""

    name: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key of the telephone."""

    key: str
    """0 to 9, *, #, A to D."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The call is over."""


Message = Started | Heard | Marked | Pressed | Stopped


def parse(text: str) -> Message | None:
    """Read a message; None for one that tells nothing we need. Raises CommandInvalid."""
    if len(text) > _LONGEST:
        raise CommandInvalid(f"a message of {len(text)} characters is none of Media Streams")
    try:
        message = json.loads(text)
        return _read(message, message["event"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CommandInvalid(f"this is no message of Media Streams: {error!r:.200}") from error


def _read(message: Mapping[str, Any], event: object) -> Message | None:
    match event:
        case "start":
            return _started(message["start"], _text(message["streamSid"]))
        case "media":
            # A stream may be told to carry our own voice too, which nobody needs to hear again.
            ours = message["media"].get("track", "inbound") != "inbound"
            return None if ours else Heard(decode(_bytes(message["media"]["payload"])))
        case "mark":
            return Marked(_text(message["mark"]["name"]))
        case "dtmf":
            return Pressed(_key(message["dtmf"]["digit"]))
        case "stop":
            return Stopped()
        case str():
            return None
    raise ValueError("an event has a name")


def _started(start: Mapping[str, Any], stream: str) -> Started:
    form = start["mediaFormat"]
    found = form["encoding"], int(form["sampleRate"]), int(form["channels"])
    if found != (_ENCODING, PHONE_RATE, 1):
        raise ValueError(f"sound comes as {found}, not as mu-law")
    parameters = start.get("customParameters", {})
    given = {_text(key): _text(value) for key, value in parameters.items()}
    return Started(stream, _text(start["callSid"]), given)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


def _key(value: object) -> str:
    if not (isinstance(value, str) and len(value) == 1 and value in "0123456789*#ABCD"):
        raise ValueError("there is no such key")
    return value


def _bytes(payload: object) -> bytes:
    try:
        return base64.b64decode(_text(payload), validate=True)
    except binascii.Error as error:
        raise ValueError("sound is no base64") from error


def media(stream: str, samples: Samples) -> str:
    """Sound to be played after all that was sent before; 8 kHz mono, shape (n,)."""
    payload = base64.b64encode(encode(samples)).decode("ascii")
    return _message("media", stream, media={"payload": payload})


def mark(stream: str, name: str) -> str:
    """Ask to be told when all that was sent before has been played."""
    return _message("mark", stream, mark={"name": name})


def clear(stream: str) -> str:
    """Throw away what has not been played."""
    return _message("clear", stream)


def _message(event: str, stream: str, **more: object) -> str:
    return json.dumps({"event": event, "streamSid": stream, **more}, separators=(",", ":"))
