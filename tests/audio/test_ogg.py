"""Ogg pages: what goes in comes out, and nothing that comes from outside does harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.ogg import LARGEST_PACKET, OggReader, OggWriter

PACKETS = st.lists(st.binary(max_size=1_000), min_size=1, max_size=8)
# The first page of a stream that another program wrote (libogg 1.3): 19 bytes of an Opus head.
FOREIGN = bytes.fromhex(
    "4f676753000200000000000000002a00000000000000aefef3f10113"
    "4f70757348656164010100" "0f80bb0000000000"
)  # fmt: skip


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def written(packets: list[bytes]) -> list[bytes]:
    writer = OggWriter(7)
    return [writer.page(packet, number) for number, packet in enumerate(packets)]


@given(PACKETS, st.integers(1, 400))
def test_packets_come_out_however_the_bytes_are_cut(packets: list[bytes], size: int) -> None:
    reader = OggReader()
    stream = b"".join(written(packets))
    assert [one for part in cut(stream, size) for one in reader.feed(part)] == packets


@pytest.mark.parametrize("size", [0, 254, 255, 256, 510, LARGEST_PACKET])
def test_every_size_fits_on_a_page(size: int) -> None:
    packet = bytes(size)
    assert OggReader().feed(OggWriter(7).page(packet, 1)) == [packet]


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        OggWriter(7).page(bytes(LARGEST_PACKET + 1), 1)


def test_a_page_of_another_program_is_read() -> None:
    (head,) = OggReader().feed(FOREIGN)
    assert head.startswith(b"OpusHead")


def test_the_same_page_is_written() -> None:
    (head,) = OggReader().feed(FOREIGN)
    assert OggWriter(42).page(head, 0) == FOREIGN


@given(st.binary(max_size=3_000))
def test_anything_may_come(data: bytes) -> None:
    reader = OggReader()
    for part in cut(b"OggS\x00" + data, 50):
        reader.feed(part)


@given(PACKETS, st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_page_is_dropped_and_the_next_ones_are_read(
    packets: list[bytes], place: int, change: int
) -> None:
    first, *others = written([b"damaged", *packets])
    damaged = bytearray(first)
    damaged[place % len(damaged)] ^= change
    reader = OggReader()
    found = reader.feed(bytes(damaged))
    # A page whose length was damaged may swallow what follows it, but never gives something else.
    found += [one for page in others for one in reader.feed(page)]
    assert b"damaged" not in found
    assert all(one in packets for one in found)


def test_a_packet_on_two_pages_is_put_together() -> None:
    packet = bytes(range(256)) * 2
    assert OggReader().feed(b"".join(two_pages(packet))) == [packet]


def test_the_rest_of_a_packet_that_was_lost_is_none() -> None:
    first, second = two_pages(bytes(512))
    reader = OggReader()
    assert reader.feed(second + OggWriter(7).page(b"next", 3)) == [b"next"]
    assert reader.feed(first) == []


def test_a_packet_without_end_is_none() -> None:
    reader, full = OggReader(), bytes(255 * 255)
    for number in range(3):
        page = bytearray(OggWriter(7).page(full[:LARGEST_PACKET], 1))
        page[5], page[18], page[26:282] = int(number > 0), number, bytes([255] * 256)
        assert reader.feed(seal(bytes(page[:282]) + full)) == []
    rest = bytearray(OggWriter(7).page(b"end", 1))
    rest[5], rest[18] = 1, 3
    assert reader.feed(seal(bytes(rest))) == []


def two_pages(packet: bytes) -> list[bytes]:
    """A packet of 512 bytes, 510 of them on the first page."""
    whole = bytearray(OggWriter(7).page(packet[:510], 1))
    first = seal(bytes([*whole[:26], 2, 255, 255]) + packet[:510])
    rest = bytearray(OggWriter(7).page(packet[510:], 2))
    rest[5], rest[18] = 1, 1
    return [first, seal(bytes(rest))]


def seal(page: bytes) -> bytes:
    """With the right checksum, computed bit by bit as RFC 3533 says."""
    rest = 0
    blank = page[:22] + bytes(4) + page[26:]
    for value in blank:
        rest ^= value << 24
        for _ in range(8):
            rest = (rest << 1) ^ (0x104C11DB7 if rest & 0x8000_0000 else 0)
    return page[:22] + rest.to_bytes(4, "little") + page[26:]
