"""Frames of the Wyoming protocol: bytes in, frames out, and back.

A frame is a line of JSON, `{"type", "data", "data_length", "payload_length"}`, then so many bytes
of JSON that add to `data`, then so many bytes of payload (PEERS.md, 4.4). Whoever sends what is no
frame, or a longer one than any of ours, is not listened to any more.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MOST_HEADER_BYTES: Final = 1 << 16
MOST_DATA_BYTES: Final = 1 << 18
MOST_PAYLOAD_BYTES: Final = 1 << 20
"""Half a minute of speech; those who speak Wyoming send a tenth of a second at a time."""


class BadFrame(ValueError):
    """The other end does not speak Wyoming, or sends more than is listened to."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, either way."""

    type: str
    data: dict[str, Any] = field(default_factory=dict)
    payload: bytes = b""

    def text(self, key: str) -> str:
        """A text of `data`; empty where there is none."""
        found = self.data.get(key)
        return found if isinstance(found, str) else ""

    def number(self, key: str) -> int:
        """A whole number of `data`. Raises BadFrame where there is none."""
        found = self.data.get(key)
        if not isinstance(found, int) or isinstance(found, bool):
            raise BadFrame(f"{self.type} needs a whole number {key}")
        return found


class FrameReader:
    """Finds the frames in what arrives, however it is cut."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._header: dict[str, Any] | None = None
        self._wanted = 0
        """Bytes of the header's line that were looked at, then bytes that follow it."""

    def feed(self, arrived: bytes) -> Iterator[Frame]:
        """Give the frames that are whole by now. Raises BadFrame, and is of no use then."""
        self._bytes += arrived
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        if self._header is None and not self._begin():
            return None
        assert self._header is not None
        if len(self._bytes) < self._wanted:
            return None
        header, more = self._header, _length(self._header, "data_length", MOST_DATA_BYTES)
        data = _object(header.get("data") or {})
        if more:
            data = data | _object(_json(bytes(self._bytes[:more])))
        payload = bytes(self._bytes[more : self._wanted])
        del self._bytes[: self._wanted]
        self._header, self._wanted = None, 0
        return Frame(header["type"], data, payload)

    def _begin(self) -> bool:
        """Take the line that a frame begins with; False while it is not all there."""
        end = self._bytes.find(b"\n", self._wanted, MOST_HEADER_BYTES)
        if end < 0:
            self._wanted = len(self._bytes)
            if self._wanted >= MOST_HEADER_BYTES:
                raise BadFrame(f"no line of a frame is longer than {MOST_HEADER_BYTES} bytes")
            return False
        header = _object(_json(bytes(self._bytes[:end])))
        if not isinstance(header.get("type"), str):
            raise BadFrame("a frame has a type")
        self._wanted = _length(header, "data_length", MOST_DATA_BYTES) + _length(
            header, "payload_length", MOST_PAYLOAD_BYTES
        )
        del self._bytes[: end + 1]
        self._header = header
        return True


def to_bytes(frame: Frame) -> bytes:
    """A frame as it is sent."""
    header: dict[str, Any] = {"type": frame.type}
    data = json.dumps(frame.data, ensure_ascii=False).encode() if frame.data else b""
    if data:
        header["data_length"] = len(data)
    if frame.payload:
        header["payload_length"] = len(frame.payload)
    return json.dumps(header).encode() + b"\n" + data + frame.payload


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("a frame begins with a line of JSON") from error


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise BadFrame("a frame's header and its data are JSON objects")
    return found


def _length(header: dict[str, Any], key: str, most: int) -> int:
    length = header.get(key) or 0
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= most:
        raise BadFrame(f"{key} is a whole number from 0 to {most}")
    return length
