"""Opus in Ogg, by the real codec."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.audio.format import Samples
from device.audio.level import dbfs
from device.audio.ogg import OggReader, OggWriter
from device.audio.opus import OPUS_RATE, OpusReader, OpusWriter

pytest.importorskip("av")

RATE = 24_000
SKIPPED = 312
"""Samples that the encoder says are to be left out at the start (RFC 7845, pre-skip)."""


def tone(seconds: float, rate: int = RATE) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(8_000 * np.sin(2 * np.pi * 440 * time), dtype=np.int16)


def pitch(samples: Samples, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * rate / len(samples))


@pytest.mark.parametrize("size", [1, 479, 1_920, 24_000])
def test_a_tone_comes_through(size: int) -> None:
    writer, reader, sound = OpusWriter(RATE), OpusReader(), tone(1.0)
    parts = [
        reader.feed(writer.feed(sound[start : start + size]))
        for start in range(0, len(sound), size)
    ]
    heard = np.concatenate(parts)
    assert len(heard) == OPUS_RATE - SKIPPED
    settled = heard[OPUS_RATE // 5 :]
    assert pitch(settled, OPUS_RATE) == pytest.approx(440, abs=5)
    assert dbfs(settled) == pytest.approx(dbfs(sound), abs=1)


def test_nothing_is_kept_back_for_longer_than_a_packet() -> None:
    writer = OpusWriter(RATE)
    writer.feed(tone(0.02))
    for _ in range(5):
        assert writer.feed(tone(0.02))


def test_the_stream_begins_with_its_two_heads() -> None:
    head, tags, *packets = OggReader().feed(OpusWriter(RATE).feed(tone(0.1)))
    assert head[:10] == b"OpusHead\x01\x01"
    assert tags.startswith(b"OpusTags")
    assert len(packets) == 5


def test_a_stereo_stream_gives_one_channel() -> None:
    ogg = OggWriter(1)
    head, tags, *packets = OggReader().feed(OpusWriter(RATE).feed(tone(0.5)))
    two = head[:9] + b"\x02" + head[10:]
    pages = b"".join(ogg.page(one, number) for number, one in enumerate((two, tags, *packets)))
    assert len(OpusReader().feed(pages)) == OPUS_RATE // 2 - SKIPPED


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_packets_that_are_none_are_skipped(packets: list[bytes]) -> None:
    writer, reader, ogg = OpusWriter(RATE), OpusReader(), OggWriter(1)
    head, tags, *sound = OggReader().feed(writer.feed(tone(0.2)))
    for number, packet in enumerate([head, tags, *packets, b"OpusHead" + b"".join(packets)]):
        reader.feed(ogg.page(packet, number))
    pages = [ogg.page(one, 99) for one in (head, tags, *sound)]
    assert sum(len(reader.feed(page)) for page in pages) == OPUS_RATE // 5 - SKIPPED


def test_what_no_head_was_given_for_is_silent() -> None:
    _, tags, *sound = OggReader().feed(OpusWriter(RATE).feed(tone(0.2)))
    ogg = OggWriter(1)
    pages = b"".join(ogg.page(one, 1) for one in (tags, *sound))
    assert len(OpusReader().feed(pages)) == 0
