import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import CommandInvalid
from device.events import Priority
from device.mqtt.commands import (
    MAX_PAYLOAD,
    Ask,
    Command,
    Interrupt,
    Level,
    Listen,
    Say,
    SetLevel,
    SetMute,
    Stop,
)
from device.mqtt.topics import Topics, event_payload, switch_payload

TOPICS = Topics("kitchen")


def read(name: str, payload: str) -> Command | None:
    return TOPICS.parse(f"parlor/kitchen/{name}/set", payload)


def test_all_topics_are_below_the_speakers_own_base() -> None:
    assert TOPICS.availability == "parlor/kitchen/availability"
    assert TOPICS.state == "parlor/kitchen/state"
    assert TOPICS.attributes == "parlor/kitchen/state/attributes"
    assert TOPICS.event == "parlor/kitchen/event"
    assert TOPICS.metrics == "parlor/kitchen/metrics"
    assert TOPICS.health == "parlor/kitchen/health"
    assert TOPICS.timers == "parlor/kitchen/timers"
    assert TOPICS.mute == "parlor/kitchen/mute"
    assert TOPICS.level(Level.VOLUME) == "parlor/kitchen/volume"
    assert TOPICS.commands == "parlor/kitchen/+/set"


@pytest.mark.parametrize("wrong", ["", "Kitchen", "a/b", "a+", "#", "a b"])
def test_an_id_that_would_break_topics_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a device id"):
        Topics(wrong)


@pytest.mark.parametrize(
    ("name", "payload", "command"),
    [
        ("mute", "ON", SetMute(True)),
        ("mute", " false\n", SetMute(False)),
        ("volume", "0.4", SetLevel(Level.VOLUME, 0.4)),
        ("wake_sensitivity", "1", SetLevel(Level.WAKE_SENSITIVITY, 1.0)),
        ("say", "Dinner is ready", Say("Dinner is ready")),
        ("announce", "Dinner is ready", Say("Dinner is ready", preannounce=True)),
        ("ask", "what time is it", Ask("what time is it")),
        ("ask", '{"text": "wie spät ist es", "language": "de"}', Ask("wie spät ist es", "de")),
        ("listen", "", Listen()),
        ("stop", "PRESS", Stop()),
        ("interrupt", "1", Interrupt()),
    ],
)
def test_commands_are_read(name: str, payload: str, command: Command) -> None:
    assert read(name, payload) == command


def test_an_announcement_may_say_how_it_wants_to_be_made() -> None:
    told = {
        "message": "Fire!",
        "priority": "urgent",
        "expires_s": 30,
        "language": "en",
        "preannounce": False,
    }
    assert read("announce", json.dumps(told)) == Say("Fire!", Priority.URGENT, 30.0, "en", False)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("mute", "perhaps"),
        ("volume", "loud"),
        ("volume", "1.1"),
        ("volume", "-0.1"),
        ("volume", "nan"),
        ("volume", "inf"),
        ("volume", "1" * 5000),
        ("say", ""),
        ("say", "x" * 2001),
        ("say", "x" * (MAX_PAYLOAD + 1)),
        ("say", "{"),
        ("say", "{" * 9000),
        ("say", '{"a":' * 1900),
        ("say", "{}"),
        ("say", '{"message": 5}'),
        ("say", '{"message": "a", "colour": "red"}'),
        ("say", '{"message": "a", "priority": "soon"}'),
        ("say", '{"message": "a", "priority": []}'),
        ("say", '{"message": "a", "expires_s": 0}'),
        ("say", '{"message": "a", "expires_s": true}'),
        ("say", '{"message": "a", "expires_s": [1]}'),
        ("say", '{"message": "a", "language": "klingon!"}'),
        ("say", '{"message": "a", "language": 1}'),
        ("say", '{"message": "a", "preannounce": "yes"}'),
        ("ask", '{"text": " "}'),
        ("stop", "off"),
        ("explode", "PRESS"),
        ("", "PRESS"),
    ],
)
def test_a_malformed_command_is_an_error_with_a_code(name: str, payload: str) -> None:
    with pytest.raises(CommandInvalid) as caught:
        read(name, payload)
    assert caught.value.code == "command-invalid"
    assert f"{name}/set" in str(caught.value)


def test_a_retained_command_is_ignored() -> None:
    assert TOPICS.parse("parlor/kitchen/stop/set", "", retained=True) is None


@pytest.mark.parametrize(
    "topic",
    [
        "parlor/bath/stop/set",
        "parlor/kitchen/stop",
        "parlor/kitchen/a/b/set",
        "stop/set",
        "set",
        "",
    ],
)
def test_foreign_topics_are_no_commands(topic: str) -> None:
    assert TOPICS.parse(topic, "") is None


@given(st.sampled_from(["mute", "volume", "say", "announce", "ask", "listen"]), st.text())
def test_no_payload_raises_anything_but_the_coded_error(name: str, payload: str) -> None:
    with suppress(CommandInvalid):
        assert read(name, payload) is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
keys = st.sampled_from(
    ["message", "text", "priority", "expires_s", "language", "preannounce", "other"]
)


@given(st.sampled_from(["say", "announce", "ask"]), st.dictionaries(keys, json_values))
def test_no_json_raises_anything_but_the_coded_error(name: str, fields: dict[str, object]) -> None:
    try:
        command = read(name, json.dumps(fields))
    except CommandInvalid:
        return
    assert isinstance(command, Say | Ask)


@given(st.text(), st.text(), st.booleans())
def test_any_topic_is_read_or_refused(topic: str, payload: str, retained: bool) -> None:
    assert TOPICS.parse(topic, payload, retained) is None


@given(st.floats(0, 1), st.sampled_from(list(Level)))
def test_a_level_read_back_is_the_level_sent(value: float, level: Level) -> None:
    assert read(level, repr(value)) == SetLevel(level, value)


def test_events_and_switches_are_written_as_documented() -> None:
    assert json.loads(event_payload("error", code="x", text="ü")) == {
        "event_type": "error",
        "code": "x",
        "text": "ü",
    }
    assert [switch_payload(True), switch_payload(False)] == ["ON", "OFF"]
