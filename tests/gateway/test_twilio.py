"""What Twilio says on the stream of a call, and what is said to it."""

import base64
import json
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.errors import CommandInvalid
from device.gateway.mulaw import encode
from device.gateway.phone import twilio

# As documented: www.twilio.com/docs/voice/media-streams/websocket-messages
STREAM, CALL = "MZ" + "1" * 32, "CA" + "2" * 32
CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
START = {
    "event": "start", "sequenceNumber": "1", "streamSid": STREAM,
    "start": {
        "accountSid": "AC" + "3" * 32, "streamSid": STREAM, "callSid": CALL,
        "tracks": ["inbound"], "customParameters": {"ticket": "abc"},
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    },
}  # fmt: skip
MEDIA = {
    "event": "media", "sequenceNumber": "3", "streamSid": STREAM,
    "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/38Ag/4="},
}  # fmt: skip
DTMF = {
    "event": "dtmf", "streamSid": STREAM, "sequenceNumber": "5",
    "dtmf": {"track": "inbound_track", "digit": "1"},
}  # fmt: skip
MARK = {
    "event": "mark", "sequenceNumber": "4", "streamSid": STREAM, "mark": {"name": "my label"},
}  # fmt: skip
STOP = {
    "event": "stop", "sequenceNumber": "5", "streamSid": STREAM,
    "stop": {"accountSid": "AC" + "3" * 32, "callSid": CALL},
}  # fmt: skip


def changed(message: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The message with another value at one place, "a.b"; None: without it."""
    copy: dict[str, Any] = json.loads(json.dumps(message))
    place, *names = copy, *path.split(".")
    for name in names[:-1]:
        place = place[name]
    place.pop(names[-1], None)
    if value is not None:
        place[names[-1]] = value
    return copy


def test_the_documented_messages_are_understood() -> None:
    read = [twilio.parse(json.dumps(one)) for one in (CONNECTED, START, DTMF, MARK, STOP)]
    assert read == [
        None, twilio.Started(STREAM, CALL, {"ticket": "abc"}), twilio.Pressed("1"),
        twilio.Marked("my label"), twilio.Stopped(),
    ]  # fmt: skip
    heard = twilio.parse(json.dumps(MEDIA))
    assert isinstance(heard, twilio.Heard)
    assert heard.samples.tolist() == [0, 0, -32_124, 29_052, 8]


def test_our_own_voice_and_messages_of_later_versions_tell_nothing() -> None:
    assert twilio.parse(json.dumps(changed(MEDIA, "media.track", "outbound"))) is None
    assert twilio.parse('{"event": "weather", "streamSid": "MZ1"}') is None


@pytest.mark.parametrize(
    ("message", "path", "value"),
    [
        (START, "streamSid", None), (START, "start", None), (START, "start.callSid", 7),
        (START, "start.mediaFormat.encoding", "audio/opus"),
        (START, "start.mediaFormat.sampleRate", 16_000),
        (START, "start.mediaFormat.sampleRate", "fast"),
        (START, "start.mediaFormat.channels", 2), (START, "start.customParameters", [1]),
        (START, "start.customParameters", {"ticket": 1}), (START, "start", "start"),
        (MEDIA, "media.payload", "no base64!"), (MEDIA, "media.payload", None),
        (MEDIA, "media.payload", "ä"), (MEDIA, "media", 1), (MARK, "mark.name", {}),
        (DTMF, "dtmf.digit", "12"), (DTMF, "dtmf.digit", "x"), (DTMF, "dtmf.digit", "²"),
        (STOP, "event", None), (STOP, "event", 5),
    ],
)  # fmt: skip
def test_what_is_not_as_documented_is_refused(
    message: dict[str, Any], path: str, value: object
) -> None:
    with pytest.raises(CommandInvalid):
        twilio.parse(json.dumps(changed(message, path, value)))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"x"', "[" * 60_000, " " * 70_000])
def test_what_is_no_message_at_all_is_refused(text: str) -> None:
    with pytest.raises(CommandInvalid):
        twilio.parse(text)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)
EVENTS = st.sampled_from(["start", "media", "mark", "dtmf", "stop", "connected"])


@settings(max_examples=50)
@given(st.text() | st.tuples(EVENTS, JSON, JSON).map(
    lambda parts: json.dumps({"event": parts[0], parts[0]: parts[1], "streamSid": parts[2]})
))  # fmt: skip
def test_whatever_comes_is_a_message_or_refused(text: str) -> None:
    with suppress(CommandInvalid):
        twilio.parse(text)


@settings(max_examples=20)
@given(st.binary(max_size=800))
def test_sound_of_any_length_is_taken(sound: bytes) -> None:
    payload = base64.b64encode(sound).decode()
    heard = twilio.parse(json.dumps(changed(MEDIA, "media.payload", payload)))
    assert isinstance(heard, twilio.Heard)
    assert encode(heard.samples) == sound.replace(b"\x7f", b"\xff")


def test_what_we_send_has_the_documented_form() -> None:
    assert json.loads(twilio.media(STREAM, np.array([0, -32_124], np.int16))) == {
        "event": "media", "streamSid": STREAM, "media": {"payload": "/wA="},
    }  # fmt: skip
    assert json.loads(twilio.mark(STREAM, "a")) == {
        "event": "mark", "streamSid": STREAM, "mark": {"name": "a"},
    }  # fmt: skip
    assert json.loads(twilio.clear(STREAM)) == {"event": "clear", "streamSid": STREAM}
