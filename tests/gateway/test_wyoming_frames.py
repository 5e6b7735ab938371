"""Frames: the `wyoming` package reads what we write, we read what it writes, and nothing else."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wyoming.event import Event, async_read_event, async_write_event

from device.gateway.wyoming.frames import (
    MOST_DATA_BYTES,
    MOST_HEADER_BYTES,
    MOST_PAYLOAD_BYTES,
    BadFrame,
    Frame,
    FrameReader,
    to_bytes,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
frames = st.builds(
    Frame, st.text(min_size=1), st.dictionaries(st.text(), values, max_size=4), st.binary()
)


class Sink:
    """A StreamWriter, as far as the package uses one."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def writelines(self, lines: tuple[bytes, ...]) -> None:
        self.written += b"".join(lines)

    async def drain(self) -> None:
        pass


@settings(max_examples=30)
@given(st.lists(frames, max_size=4), st.integers(1, 40))
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    sent: list[Frame], piece: int
) -> None:
    written = b"".join(map(to_bytes, sent))
    reader = FrameReader()
    pieces = [written[at : at + piece] for at in range(0, len(written), piece)]
    assert [frame for part in pieces for frame in reader.feed(part)] == sent


@settings(max_examples=30)
@given(frames)
async def test_the_package_reads_what_we_write(sent: Frame) -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(to_bytes(sent))
    stream.feed_eof()
    event = await async_read_event(stream)
    assert event == Event(sent.type, sent.data, sent.payload or None)


@settings(max_examples=30)
@given(frames)
async def test_we_read_what_the_package_writes(sent: Frame) -> None:
    sink: Any = Sink()
    await async_write_event(Event(sent.type, dict(sent.data), sent.payload or None), sink)
    assert list(FrameReader().feed(sink.written)) == [sent]


def test_data_may_stand_in_the_header_too() -> None:
    more = b'{"b": 2}'
    header = {"type": "x", "data": {"a": 1, "b": 1}, "data_length": len(more)}
    written = json.dumps(header).encode() + b"\n" + more
    assert list(FrameReader().feed(written)) == [Frame("x", {"a": 1, "b": 2})]


@pytest.mark.parametrize(
    "sent",
    [
        b"no json\n",
        b"[]\n",
        b"{}\n",
        b'{"type": 1}\n',
        b"\xff\xfe\n",
        b"[" * 20_000 + b"\n",
        b'{"type": "x", "data": []}\n{"type": "x", "data": [1]}\n',
        b'{"type": "x", "payload_length": -1}\n',
        b'{"type": "x", "payload_length": 1.5}\n',
        b'{"type": "x", "payload_length": true}\n',
        b'{"type": "x", "payload_length": "9"}\n',
        b'{"type": "x", "data_length": 3}\nabc',
        b'{"type": "x", "data_length": 2}\n[]',
        b'{"type": "x", "payload_length": %d}\n' % (MOST_PAYLOAD_BYTES + 1),
        b'{"type": "x", "data_length": %d}\n' % (MOST_DATA_BYTES + 1),
        b"x" * MOST_HEADER_BYTES,
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(sent: bytes) -> None:
    with pytest.raises(BadFrame):
        list(FrameReader().feed(sent))


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_anything_is_frames_or_refused(sent: bytes) -> None:
    try:
        found = list(FrameReader().feed(sent))
    except BadFrame:
        return
    assert all(isinstance(frame.type, str) for frame in found)


def test_a_truncated_frame_is_waited_for() -> None:
    whole = to_bytes(Frame("audio-chunk", {"rate": 16_000}, b"1234"))
    reader = FrameReader()
    assert list(reader.feed(whole[:-1])) == []
    assert list(reader.feed(whole[-1:])) == [Frame("audio-chunk", {"rate": 16_000}, b"1234")]


@pytest.mark.parametrize("value", [None, "1", 1.5, True])
def test_a_number_is_a_whole_number(value: object) -> None:
    with pytest.raises(BadFrame):
        Frame("x", {"rate": value}).number("rate")
