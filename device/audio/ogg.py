"""Packets in and out of Ogg pages (RFC 3533). Pure: bytes in, bytes out.

What is damaged is skipped together with what came with it: a page has a checksum and begins with a
mark that is looked for, so that the stream is understood again later on.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

_MARK: Final = b"OggS"
_HEAD: Final = struct.Struct("<4sBBqIIIB")
"""Mark, version, flags, granule position, serial, number of the page, checksum, segments."""
_CHECKSUM_AT: Final = 22
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_SEGMENT: Final = 255
LARGEST_PACKET: Final = 65_024
"""Bytes that fit on one page; what is larger is no packet of sound."""


_REVERSED: Final = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def _checksum(page: bytes) -> int:
    """Of a page whose own checksum is 0: zlib's polynomial with the bits the other way round."""
    rest = zlib.crc32(page.translate(_REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int.from_bytes(rest.to_bytes(4, "little").translate(_REVERSED), "big")


class OggWriter:
    """Writes one stream, a packet a page, so that nothing is kept back."""

    def __init__(self, serial: int) -> None:
        """`serial` names the stream, 0 to 2**32 - 1."""
        self._serial = serial
        self._pages = 0

    def page(self, packet: bytes, granule: int, *, last: bool = False) -> bytes:
        """The page with a packet; `granule` counts samples up to its end.

        Raises ValueError for a packet of more than `LARGEST_PACKET` bytes.
        """
        if len(packet) > LARGEST_PACKET:
            raise ValueError(f"a packet of {len(packet)} bytes does not fit on a page")
        whole, rest = divmod(len(packet), _SEGMENT)
        flags = (0 if self._pages else _FIRST) | (_LAST if last else 0)
        head = _HEAD.pack(_MARK, 0, flags, granule, self._serial, self._pages, 0, whole + 1)
        page = head + bytes([_SEGMENT] * whole + [rest]) + packet
        self._pages += 1
        checksum = struct.pack("<I", _checksum(page))
        return page[:_CHECKSUM_AT] + checksum + page[_CHECKSUM_AT + 4 :]


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    continued: bool
    lacing: bytes
    body: bytes


class OggReader:
    """Reads one stream, however its bytes are cut; never raises."""

    def __init__(self) -> None:
        self._kept = b""
        self._begun = bytearray()
        self._next = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes and give the packets that are complete now."""
        self._kept += data
        packets: list[bytes] = []
        while (page := self._page()) is not None:
            packets += self._packets(page)
        return packets

    def _page(self) -> _Page | None:
        """The next whole and sound page, if all of it is there."""
        while True:
            start = self._kept.find(_MARK)
            if start < 0:
                self._kept = self._kept[-(len(_MARK) - 1) :]
                return None
            self._kept = self._kept[start:]
            if any(self._kept[len(_MARK) : len(_MARK) + 1]):  # there is only version 0
                self._kept = self._kept[len(_MARK) :]
                continue
            size = _size(self._kept)
            if size is None or len(self._kept) < size:
                return None
            page = self._kept[:size]
            if _sound(page):
                self._kept = self._kept[size:]
                return _parse(page)
            # Not searched for another mark: a sender of nothing but marks would keep us busy.
            self._kept = b""

    def _packets(self, page: _Page) -> list[bytes]:
        if page.number != self._next or not page.continued:
            self._begun.clear()
        # The rest of a packet whose beginning is lost is none.
        lost = page.continued and not self._begun
        self._next = page.number + 1 & 0xFFFF_FFFF
        packets, at = [], 0
        for length in page.lacing:
            self._begun += page.body[at : at + length]
            at += length
            if length < _SEGMENT:
                if not lost and len(self._begun) <= LARGEST_PACKET:
                    packets.append(bytes(self._begun))
                self._begun.clear()
                lost = False
        if lost or len(self._begun) > LARGEST_PACKET:
            self._begun.clear()
        return packets


def _size(data: bytes) -> int | None:
    """Bytes of the page that begins here; None while that cannot be told."""
    if len(data) < _HEAD.size:
        return None
    segments = data[_HEAD.size - 1]
    lacing = data[_HEAD.size : _HEAD.size + segments]
    return None if len(lacing) < segments else _HEAD.size + segments + sum(lacing)


def _sound(page: bytes) -> bool:
    (checksum,) = struct.unpack_from("<I", page, _CHECKSUM_AT)
    blank = page[:_CHECKSUM_AT] + bytes(4) + page[_CHECKSUM_AT + 4 :]
    return bool(checksum == _checksum(blank))


def _parse(page: bytes) -> _Page:
    _, _, flags, _, _, number, _, segments = _HEAD.unpack_from(page)
    body = _HEAD.size + segments
    return _Page(number, bool(flags & _CONTINUED), page[_HEAD.size : body], page[body:])
