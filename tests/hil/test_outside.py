"""What MQTT tells of a speaker, as the events of scenarios."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.hil.outside import Outside, unseen
from benchmarks.scenario.script import Sought
from device import events as e
from device.home.discovery import read_announcement
from device.mqtt.telling import told
from device.mqtt.topics import Topics
from tests.hil.accounts import scenario

TOPICS = Topics("kitchen")
LAMP = "parlor-hil/light/kitchen_light"


def outside() -> Outside:
    return Outside(TOPICS, scenario())


def names(one: Outside, *messages: tuple[str, str]) -> list[str]:
    return [event["event"] for topic, payload in messages for event in one.take(topic, payload)]


def test_states_tell_when_it_begins_to_speak_and_when_it_has_spoken() -> None:
    states = ("idle", "listening", "processing", "responding", "idle")
    seen = names(outside(), *((TOPICS.state, one) for one in states))
    changed = ["state_changed"] * 3
    assert seen == [*changed, "playback_started", "state_changed", "playback_finished"]


def test_a_reply_that_is_interrupted_was_not_spoken_to_its_end() -> None:
    states = ("idle", "responding", "listening", "idle")
    assert "playback_finished" not in names(outside(), *((TOPICS.state, one) for one in states))


def test_it_rests_only_when_it_is_there_and_idle() -> None:
    one = outside()
    one.take(TOPICS.state, "idle")
    assert not one.resting
    one.take(TOPICS.availability, "online")
    assert one.resting
    one.take(TOPICS.state, "processing")
    assert not one.resting


@pytest.mark.parametrize(
    ("event", "sought"),
    [
        (
            e.WakeWordDetected(word="hey_jarvis", score=0.9),
            {"event": "wake_word_detected", "fields": {"word": "hey_jarvis"}},
        ),
        (e.Interrupted(by="speech"), {"event": "interrupted", "fields": {"by": "speech"}}),
        (
            e.IntentRecognized(name="HassTurnOn", slots={"name": "x"}),
            {"event": "intent_recognized", "fields": {"name": "HassTurnOn"}},
        ),
        (
            e.StageFailed(stage="stt", code="engine-failed", message=""),
            {"event": "stage_failed", "fields": {"stage": "stt", "code": "engine-failed"}},
        ),
        (e.TimerFinished(id="1", name="egg"), {"event": "timer_finished", "fields": {"id": "1"}}),
        (e.Overlap(manner="backchannel"), {"event": "overlap"}),
    ],
)
def test_what_the_speaker_tells_is_what_a_scenario_looks_for(
    event: e.Event, sought: dict[str, Any]
) -> None:
    payload = told(event, transcripts=False)
    assert payload is not None
    (seen,) = outside().take(TOPICS.event, payload)
    wanted = Sought.model_validate(sought)
    assert not unseen(wanted)
    assert seen["event"] == wanted.event
    assert wanted.fields.items() <= seen.items()


def test_only_a_part_whose_health_changed_is_told() -> None:
    one = outside()
    well = {"microphone": {"healthy": True, "code": ""}, "temperature": {"celsius": 50.0}}
    ill = {**well, "microphone": {"healthy": False, "code": "audio-device-lost"}}
    assert one.take(TOPICS.health, json.dumps(well)) == []
    (seen,) = one.take(TOPICS.health, json.dumps(ill))
    assert (seen["part"], seen["healthy"], seen["code"]) == (
        "microphone", False, "audio-device-lost",
    )  # fmt: skip
    assert one.take(TOPICS.health, json.dumps({**ill, "temperature": {"celsius": 51}})) == []


def test_speakers_learn_the_lamps_and_a_lamp_obeys() -> None:
    one = outside()
    ((topic, payload),) = one.announcements("homeassistant").items()
    announcement = read_announcement(topic, payload, "homeassistant")
    assert announcement.refused == ()
    (found,) = announcement.found
    assert (found.device.entity.id, found.device.entity.name) == (
        "light.kitchen_light", "kitchen light",
    )  # fmt: skip
    command = found.device.commands["turn_on"]
    assert command.topic == f"{LAMP}/command"
    (seen,) = one.take(command.topic, command.payload)
    assert (seen["event"], seen["service"]) == ("action_requested", "turn_on")
    assert one.commands == [("kitchen light", {"state": "ON"})]
    assert one.answer(command.topic, command.payload) == (f"{LAMP}/state", command.payload)
    assert command.topic in one.filters()


def test_other_messages_are_nobodys_lamp() -> None:
    one = outside()
    assert one.take("zigbee2mqtt/other/set", '{"state": "ON"}') == []
    assert one.answer("zigbee2mqtt/other/set", "{}") is None
    assert one.commands == []


@given(
    topic=st.sampled_from([TOPICS.event, TOPICS.state, TOPICS.health, TOPICS.metrics,
                           TOPICS.availability, f"{LAMP}/command"]),
    payload=st.one_of(
        st.text(max_size=50),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["event_type", "microphone", "healthy", "x"]), inner),
            max_leaves=8,
        ).map(json.dumps),
    ),
)  # fmt: skip
def test_no_message_ends_a_run(topic: str, payload: str) -> None:
    one = outside()
    one.take(TOPICS.health, "{}")
    for seen in one.take(topic, payload):
        assert isinstance(seen["event"], str)
