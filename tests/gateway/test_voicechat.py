"""Browser voice chat, byte for byte."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import CommandInvalid
from device.gateway.voice.voicechat import (
    Command,
    Listen,
    Sound,
    Start,
    Typed,
    message,
    read_request,
    read_sound,
    sound_message,
)


@pytest.mark.parametrize(
    ("sent", "request_"),
    [
        ('{"type":"start"}', Start()),
        ('{"type":"start","audio":"opus","events":true}', Start(opus=True, events=True)),
        ('{"type":"start","listen":"on_request"}', Start(Listen.ON_REQUEST)),
        ('{"type":"start","sample_rate":24000,"what":"ever"}', Start()),
        ('{"type":"stop"}', Command.STOP),
        ('{"type":"reset"}', Command.RESET),
        ('{"type":"interrupt"}', Command.INTERRUPT),
        ('{"type":"listen"}', Command.LISTEN),
        ('{"type":"end_of_speech"}', Command.END_OF_SPEECH),
        ('{"type":"text","content":" what time is it "}', Typed("what time is it")),
        ('{"type":"text","content":"caf\\ud83d"}', Typed("caf?")),
    ],
)
def test_what_a_client_may_ask_for(sent: str, request_: object) -> None:
    assert read_request(sent) == request_


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[" * 10_000, "JSON"),
        ('["start"]', "object"),
        ("{}", "unknown type"),
        ('{"type":["stop"]}', "unknown type"),
        ('{"type":"explode"}', "unknown type"),
        ('{"type":"start","audio":"mp3"}', "pcm or opus"),
        ('{"type":"start","audio":{}}', "pcm or opus"),
        ('{"type":"start","listen":[]}', "always or on_request"),
        ('{"type":"start","sample_rate":44100}', "24000"),
        ('{"type":"text"}', "content"),
        ('{"type":"text","content":" "}', "content"),
        ('{"type":"text","content":"' + "a" * 1_001 + '"}', "1000"),
        ('{"type":"text","content":"' + "a" * 20_000 + '"}', "16384"),
    ],
)
def test_what_nobody_can_ask_for(sent: str, why: str) -> None:
    with pytest.raises(CommandInvalid, match=why):
        read_request(sent)


def test_the_header_is_eight_bytes_most_significant_first() -> None:
    sound = read_sound(bytes.fromhex("0001e240 0000c203 0100feff"))
    assert sound == Sound(
        b"\x01\x00\xfe\xff", time_ms=123_456, playing=True, muted=True, level_dbfs=-61
    )


def test_a_header_of_zeros_says_nothing() -> None:
    assert read_sound(bytes(8) + b"\x05\x00") == Sound(b"\x05\x00")


@pytest.mark.parametrize("size", [0, 3, 8, 8 + 48_002])
def test_a_binary_message_that_is_cut_or_too_long_is_refused(size: int) -> None:
    with pytest.raises(CommandInvalid):
        read_sound(bytes(size))


SOUNDS = st.builds(
    Sound, st.binary(min_size=1, max_size=100), st.integers(0, 2**32 - 1), st.booleans(),
    st.booleans(), st.none() | st.integers(-254, 0),
)  # fmt: skip


@given(SOUNDS)
def test_what_a_client_sends_is_what_is_read(sound: Sound) -> None:
    assert read_sound(sound_message(sound)) == sound


@given(st.binary(max_size=200))
def test_any_bytes_are_sound_or_are_refused(sent: bytes) -> None:
    try:
        sound = read_sound(sent)
    except CommandInvalid:
        assert len(sent) <= 8
    else:
        assert sent.endswith(sound.payload)


@given(
    st.text(max_size=100)
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(("type", "content", "audio", "x")), inner),
    ).map(json.dumps)
)
def test_any_text_is_a_request_or_is_refused(sent: str) -> None:
    with suppress(CommandInvalid):
        assert isinstance(read_request(sent), Start | Typed | Command)


def test_every_message_names_the_session() -> None:
    told: dict[str, Any] = json.loads(message("s1", "partial_transcript", content="Küche"))
    assert told == {"type": "partial_transcript", "session_id": "s1", "content": "Küche"}
