import json
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import CommandInvalid
from device.events import PossibleAnswer, Priority
from device.mqtt import topics
from device.mqtt.commands import (
    Ask,
    AskQuestion,
    ChangeTimer,
    Command,
    InstallUpdate,
    Interrupt,
    Level,
    Listen,
    ReportFalseWake,
    Say,
    SetFollowUp,
    SetKeywords,
    SetLanguage,
    SetLevel,
    SetLight,
    SetMute,
    SetVoice,
    Snooze,
    Stop,
    TimerAction,
)
from device.mqtt.readers import MAX_PAYLOAD, READERS
from device.mqtt.topics import Topics, event_payload, switch_payload, to_json

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
    assert TOPICS.button == "parlor/kitchen/button"
    assert TOPICS.latency == "parlor/kitchen/latency"
    assert TOPICS.next_alarm == "parlor/kitchen/next_alarm"
    assert TOPICS.light == "parlor/kitchen/light"
    assert TOPICS.update == "parlor/kitchen/update"
    assert TOPICS.setting("follow_up") == "parlor/kitchen/follow_up"
    assert TOPICS.command("say") == "parlor/kitchen/say/set"
    assert TOPICS.commands == "parlor/kitchen/+/set"


def test_every_command_is_documented() -> None:
    for name in READERS:
        assert f"~/{name}/set" in str(topics.__doc__)


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
        ("follow_up", "on", SetFollowUp(True)),
        ("language", "zh-CN", SetLanguage("zh-CN")),
        ("voice", "en_US-amy-low", SetVoice("en_US-amy-low")),
        ("false_wake", "PRESS", ReportFalseWake()),
        ("snooze", "", Snooze()),
        ("update", "install", InstallUpdate()),
        ("keywords", '["Siobhan", " Anaïs "]', SetKeywords({"Siobhan": 2.0, "Anaïs": 2.0})),
        ("keywords", '{"Siobhan": 3, "Anaïs": 0}', SetKeywords({"Siobhan": 3.0, "Anaïs": 0.0})),
        ("keywords", "[]", SetKeywords({})),
        ("light", "{}", SetLight()),
        ("light", '{"state": "OFF"}', SetLight(on=False)),
        (
            "light",
            '{"state": "ON", "brightness": 51, "color": {"r": 0, "g": 1, "b": 255},'
            ' "effect": "rainbow"}',
            SetLight(True, 0.2, (0, 1, 255), "rainbow"),
        ),
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


def test_a_question_brings_the_answers_it_allows() -> None:
    told = {
        "id": "door",
        "question": "Shall I lock the door?",
        "answers": [
            {"id": "yes", "sentences": ["[yes] please", "do it"]},
            {"id": "no", "sentences": ["no"]},
        ],
        "language": "en",
        "preannounce": False,
    }
    answers = (PossibleAnswer("yes", ("[yes] please", "do it")), PossibleAnswer("no", ("no",)))
    asked = AskQuestion("door", "Shall I lock the door?", answers, "en", preannounce=False)
    assert read("question", json.dumps(told)) == asked
    assert read("question", '{"id": "a", "question": "Yes?"}') == AskQuestion("a", "Yes?")


@pytest.mark.parametrize(
    ("payload", "change"),
    [
        (
            {"action": "start", "seconds": 600, "name": "pizza"},
            ChangeTimer(TimerAction.START, name="pizza", seconds=600, kind="timer"),
        ),
        (
            {"action": "start", "at": "2026-12-24T07:30", "repeat": "weekdays"},
            ChangeTimer(
                TimerAction.START, kind="alarm", at="2026-12-24T07:30:00", repeat="weekdays"
            ),
        ),
        (
            {"action": "start", "kind": "reminder", "seconds": 60, "name": "bins"},
            ChangeTimer(TimerAction.START, name="bins", seconds=60, kind="reminder"),
        ),
        (
            {"action": "add", "id": "a1", "seconds": -30},
            ChangeTimer(TimerAction.ADD, "a1", seconds=-30),
        ),
        ({"action": "cancel", "name": "pizza"}, ChangeTimer(TimerAction.CANCEL, name="pizza")),
        ({"action": "pause", "id": "a1"}, ChangeTimer(TimerAction.PAUSE, "a1")),
        ({"action": "resume"}, ChangeTimer(TimerAction.RESUME)),
        ({"action": "stop"}, ChangeTimer(TimerAction.STOP)),
        ({"action": "snooze"}, ChangeTimer(TimerAction.SNOOZE)),
    ],
)
def test_timers_are_changed_by_json(payload: dict[str, object], change: ChangeTimer) -> None:
    assert read("timer", json.dumps(payload)) == change


@pytest.mark.parametrize(
    "payload",
    [
        "start",
        "[]",
        "{}",
        '{"action": "explode"}',
        '{"action": "start"}',
        '{"action": "start", "seconds": 0}',
        '{"action": "start", "seconds": -5}',
        '{"action": "start", "seconds": "60"}',
        '{"action": "start", "seconds": true}',
        '{"action": "start", "seconds": 1e300}',
        '{"action": "start", "seconds": 60, "at": "2026-12-24T07:30"}',
        '{"action": "start", "seconds": 60, "repeat": "daily"}',
        '{"action": "start", "at": "2026-12-24T07:30", "kind": "timer"}',
        '{"action": "start", "at": "2026-12-24T07:30", "repeat": "yearly"}',
        '{"action": "start", "at": "2026-12-24"}',
        '{"action": "start", "at": "2026-02-30T07:30"}',
        '{"action": "start", "at": "2026-12-24T07:30+01:00"}',
        '{"action": "start", "at": 1766557800}',
        '{"action": "start", "seconds": 60, "kind": "bomb"}',
        '{"action": "start", "seconds": 60, "name": ""}',
        '{"action": "start", "seconds": 60, "id": "a/b"}',
        '{"action": "cancel", "seconds": 60}',
        '{"action": "add", "id": "a1"}',
        '{"action": "add", "id": "a1", "seconds": 0}',
        '{"action": ["start"]}',
    ],
)
def test_a_timer_that_makes_no_sense_is_refused(payload: str) -> None:
    with pytest.raises(CommandInvalid, match="timer/set"):
        read("timer", payload)


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
        ("say", '{"message": "a", "expires_s": "30"}'),
        ("say", '{"message": "\\ud800"}'),
        ("say", '{"message": "a\\u0000b"}'),
        ("say", "\x00"),
        ("say", "[" * 5000),
        ("volume", "0_1"),
        ("volume", "٠"),
        ("follow_up", "maybe"),
        ("language", ""),
        ("language", "klingon!"),
        ("voice", ""),
        ("voice", "x" * 101),
        ("keywords", "Siobhan"),
        ("keywords", ""),
        ("keywords", "[1]"),
        ("keywords", '["Siobhan", ""]'),
        ("keywords", '{"Siobhan": "much"}'),
        ("keywords", '{"Siobhan": 5}'),
        ("keywords", '{"Siobhan": -1}'),
        ("keywords", '{"Siobhan": true}'),
        ("keywords", json.dumps([str(number) for number in range(201)])),
        ("keywords", "[" * 5000),
        ("light", "ON"),
        ("light", '{"state": "on"}'),
        ("light", '{"state": null}'),
        ("light", '{"brightness": 256}'),
        ("light", '{"brightness": true}'),
        ("light", '{"brightness": 1.5}'),
        ("light", '{"color": "red"}'),
        ("light", '{"color": "{}"}'),
        ("light", json.dumps({"color": json.dumps({"r": 1, "g": 2, "b": 3})})),
        ("say", '{"message": "a", "expires_s": NaN}'),
        ("say", '{"message": "a", "expires_s": 1e999}'),
        ("say", '{"message": "a", "expires_s": 1' + "0" * 400 + "}"),
        ("light", '{"color": {"r": 1, "g": 2}}'),
        ("light", '{"color": {"r": 1, "g": 2, "b": 3, "w": 4}}'),
        ("light", '{"effect": ""}'),
        ("light", '{"flash": 1}'),
        ("question", "Shall I?"),
        ("question", '{"question": "Shall I?"}'),
        ("question", '{"id": "a b", "question": "Shall I?"}'),
        ("question", '{"id": "a", "question": ""}'),
        ("question", '{"id": "a", "question": "Shall I?", "answers": {}}'),
        ("question", '{"id": "a", "question": "Shall I?", "answers": [{"id": "b"}]}'),
        (
            "question",
            '{"id": "a", "question": "b", "answers": [{"id": "c", "sentences": []}]}',
        ),
        (
            "question",
            json.dumps(
                {
                    "id": "a",
                    "question": "b",
                    "answers": [{"id": "c", "sentences": ["d"]}, {"id": "c", "sentences": ["e"]}],
                }
            ),
        ),
        (
            "question",
            json.dumps({"id": "a", "question": "b", "answers": [{}] * 21}),
        ),
        ("update", "PRESS"),
        ("snooze", "9"),
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


@given(st.sampled_from(sorted(READERS)), st.text())
def test_no_payload_raises_anything_but_the_coded_error(name: str, payload: str) -> None:
    with suppress(CommandInvalid):
        assert read(name, payload) is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
keys = st.sampled_from(
    [
        "message", "text", "priority", "expires_s", "language", "preannounce", "id", "question",
        "answers", "action", "name", "seconds", "kind", "at", "repeat", "state", "brightness",
        "color", "effect", "other",
    ]
)  # fmt: skip
words = st.sampled_from(["start", "add", "cancel", "timer", "alarm", "daily", "urgent", "ON", "en"])


@given(
    st.sampled_from(["say", "announce", "ask", "question", "timer", "light"]),
    st.dictionaries(keys, json_values | words | st.integers(-5, 300)),
)
def test_no_json_raises_anything_but_the_coded_error(name: str, fields: dict[str, object]) -> None:
    try:
        command = read(name, json.dumps(fields))
    except CommandInvalid:
        return
    assert isinstance(command, Say | Ask | AskQuestion | ChangeTimer | SetLight)


@given(st.text(st.characters(exclude_categories=())), st.sampled_from(["say", "ask"]))
def test_what_is_read_can_always_be_spoken_and_sent_on(text: str, name: str) -> None:
    key = {"say": "message", "ask": "text"}[name]
    with suppress(CommandInvalid):
        command = read(name, json.dumps({key: text}))
        assert isinstance(command, Say | Ask)
        said = command.message if isinstance(command, Say) else command.text
        assert said.encode()
        assert "\0" not in said


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


def test_odd_values_do_not_break_what_is_published() -> None:
    assert to_json({"text": "a\ud800b"}) == '{"text": "a?b"}'
    assert to_json({"slot": date(2026, 11, 21)}) == '{"slot": "2026-11-21"}'
