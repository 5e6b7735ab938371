from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import EngineError
from device.pipeline.tts.cloud.openai import pcm_rate
from device.pipeline.tts.cloud.sound import Blocks, RawPcm, Sound

SAMPLES = np.arange(-3_000, 3_000, dtype="<i2").tobytes()


def wav(pcm: bytes, rate: int = 22_050, channels: int = 1, bits: int = 16) -> bytes:
    form = b"fmt " + (16).to_bytes(4, "little") + (1).to_bytes(2, "little")
    form += channels.to_bytes(2, "little") + rate.to_bytes(4, "little")
    form += (rate * 2).to_bytes(4, "little") + (2).to_bytes(2, "little")
    form += bits.to_bytes(2, "little") + b"LIST" + (4).to_bytes(4, "little") + b"INFO"
    return b"RIFF\xff\xff\xff\xffWAVE" + form + b"data\xff\xff\xff\xff" + pcm


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    return [data[begin:end] for begin, end in pairwise(places)]


def read(decoder: RawPcm, data: list[bytes]) -> tuple[bytes, set[int]]:
    sounds = [sound for piece in data for sound in decoder.feed(piece)] + decoder.end()
    return b"".join(sound.pcm for sound in sounds), {sound.rate for sound in sounds}


@given(st.lists(st.integers(0, 20_000)))
def test_pcm_is_the_same_whatever_pieces_it_comes_in(cuts: list[int]) -> None:
    assert read(RawPcm(24_000), pieces(SAMPLES, cuts)) == (SAMPLES, {24_000})


@given(st.lists(st.integers(0, 20_000)))
def test_a_wav_tells_its_own_rate_whatever_pieces_it_comes_in(cuts: list[int]) -> None:
    assert read(RawPcm(24_000), pieces(wav(SAMPLES), cuts)) == (SAMPLES, {22_050})


@pytest.mark.parametrize(
    "data",
    [
        wav(b"", channels=2), wav(b"", bits=24), wav(b"", rate=1), b"RIFF" + bytes(5_000),
        b"<!DOCTYPE html><html>", b"<html><body>log in", b'{"error": {"message": "no"}}',
        b"ID3\x04\x00\x00\x00\x00\x00\x00\x00\x00", b"OggS\x00\x02\x00\x00\x00\x00\x00\x00",
    ],
)  # fmt: skip
def test_what_is_no_pcm_is_refused(data: bytes) -> None:
    with pytest.raises(EngineError, match="it answers with"):
        RawPcm(24_000).feed(data)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_no_bytes_do_more_than_fail_cleanly(data: bytes, cuts: list[int]) -> None:
    decoder = RawPcm(24_000)
    try:
        made, _ = read(decoder, pieces(data, cuts) if data else [])
    except EngineError:
        return
    assert data.endswith(made)


@given(st.lists(st.integers(0, 20_000)))
def test_blocks_hold_whole_samples_and_lose_none(cuts: list[int]) -> None:
    blocks = Blocks(10.0)
    full = [one for piece in pieces(SAMPLES, cuts) for one in blocks.feed(Sound(piece, 16_000))]
    assert all(len(block.pcm) >= 3_200 for block in full)
    made = [*full, *blocks.rest()]
    assert all(len(block.pcm) % 2 == 0 for block in made)
    assert b"".join(block.pcm for block in made) == SAMPLES


def test_half_a_sample_at_the_end_is_left_out() -> None:
    blocks = Blocks(10.0)
    assert blocks.feed(Sound(b"\x01\x02\x03", 16_000)) == []
    assert blocks.rest() == [Sound(b"\x01\x02", 16_000)]
    assert blocks.rest() == []


def test_more_than_the_longest_is_refused() -> None:
    blocks = Blocks(1.0, "tts.example")
    blocks.feed(Sound(bytes(32_000), 16_000))
    with pytest.raises(EngineError, match=r"tts\.example does not stop talking"):
        blocks.feed(Sound(bytes(2), 16_000))


def test_a_rate_that_changes_begins_a_block() -> None:
    blocks = Blocks(10.0)
    blocks.feed(Sound(b"\x01\x02", 16_000))
    assert blocks.feed(Sound(bytes(10_000), 24_000)) == [
        Sound(b"\x01\x02", 16_000), Sound(bytes(10_000), 24_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content_type", "rate"),
    [("", 24_000), ("audio/pcm", 24_000), ("audio/L16; Rate=16000; channels=1", 16_000),
     ("application/octet-stream", 24_000), ("audio/pcm;rate=fast", 24_000)],
)  # fmt: skip
def test_the_content_type_may_tell_the_rate(content_type: str, rate: int) -> None:
    assert pcm_rate(content_type, 24_000) == rate


@pytest.mark.parametrize(
    "content_type", ["text/html; charset=utf-8", "application/json", "audio/mpeg", "x;rate=1"]
)
def test_a_content_type_of_something_else_is_refused(content_type: str) -> None:
    with pytest.raises(EngineError, match="it answers with"):
        pcm_rate(content_type, 24_000)
