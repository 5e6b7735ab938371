import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment

from device import events as e
from device.config import DeviceConfig
from device.mqtt.commands import Level
from device.mqtt.discovery import (
    config_topic,
    device_config,
    gone_components,
    known_components,
    removal,
)
from device.mqtt.requests import Features
from device.mqtt.states import States
from device.mqtt.telling import EVENT_TYPES
from device.mqtt.topics import Topics, to_json
from device.settings import Settings

ABOUT = DeviceConfig(id="kitchen-1", name="Kitchen speaker", area="Kitchen")
EVERYTHING = Features(("en", "de"), ("amy", "thorsten"), True, ("rainbow", "pulse"), True)
PLATFORMS = {
    "binary_sensor", "button", "event", "light", "notify", "number", "select", "sensor", "switch",
    "update",
}  # fmt: skip
ID = re.compile(r"[a-zA-Z0-9_-]+")
TOPICS = Topics(ABOUT.id)


def announced(features: Features = EVERYTHING) -> dict[str, Any]:
    """What Home Assistant reads."""
    read: dict[str, Any] = json.loads(to_json(device_config(ABOUT, features, "1.2.3")))
    return read


COMPONENTS: dict[str, dict[str, Any]] = announced()["components"]


def topics_of(component: dict[str, Any]) -> dict[str, str]:
    return {key: value for key, value in component.items() if key.endswith("topic")}


def test_the_topic_has_only_what_home_assistant_takes() -> None:
    topic = config_topic("homeassistant", ABOUT.id)
    assert topic == "homeassistant/device/parlor/kitchen-1/config"
    assert all(ID.fullmatch(level) for level in topic.split("/"))


def test_device_and_origin_say_who_announces() -> None:
    config = announced()
    assert config["device"] == {
        "identifiers": ["parlor_kitchen-1"],
        "name": "Kitchen speaker",
        "manufacturer": "Parlor",
        "model": "Parlor smart speaker",
        "sw_version": "1.2.3",
        "suggested_area": "Kitchen",
    }
    assert config["origin"]["name"] == "Parlor"
    assert config["origin"]["sw_version"] == "1.2.3"
    assert config["origin"]["support_url"].startswith("https://")
    assert config["availability"] == [{"topic": TOPICS.availability}]


def test_a_speaker_without_a_room_suggests_none() -> None:
    config = device_config(DeviceConfig(id="a"), Features(), "1")
    assert "suggested_area" not in config["device"]


@pytest.mark.parametrize("id", sorted(COMPONENTS))
def test_every_component_can_be_set_up(id: str) -> None:
    component = COMPONENTS[id]
    assert ID.fullmatch(id)
    assert component["platform"] in PLATFORMS
    assert ID.fullmatch(component["unique_id"])
    domain, _, name = component["default_entity_id"].partition(".")
    assert domain == component["platform"]
    assert re.fullmatch(r"[a-z0-9_]+", name)
    assert component["qos"] == 1
    assert ABOUT.name not in str(component["name"])


@pytest.mark.parametrize("id", sorted(COMPONENTS))
def test_every_component_has_topics_of_ours_written_out(id: str) -> None:
    found = topics_of(COMPONENTS[id])
    assert found
    for topic in found.values():
        assert topic.startswith(f"{TOPICS.base}/")
        assert not set(topic) & set("~+#")


@pytest.mark.parametrize("id", sorted(COMPONENTS))
def test_what_can_be_commanded_is_a_command_that_is_read(id: str) -> None:
    component = COMPONENTS[id]
    topic = component.get("command_topic")
    payload = {
        "button": component.get("payload_press"),
        "light": '{"state": "ON", "brightness": 5, "color": {"r": 1, "g": 2, "b": 3}}',
        "notify": "hello",
        "number": "0.5",
        "select": component.get("options", [""])[0],
        "switch": "ON",
        "update": component.get("payload_install"),
    }.get(component["platform"])
    assert (topic is None) == (payload is None)
    if topic is not None:
        assert TOPICS.parse(topic, str(payload)) is not None


def test_ids_are_unique_and_the_same_for_every_configuration() -> None:
    unique = [component["unique_id"] for component in COMPONENTS.values()]
    entities = [component["default_entity_id"] for component in COMPONENTS.values()]
    assert len(set(unique)) == len(unique)
    assert len(set(entities)) == len(entities)
    for id, component in announced(Features())["components"].items():
        assert component["unique_id"] == COMPONENTS[id]["unique_id"]


def test_home_assistant_gets_everything_the_speaker_can_do() -> None:
    found = {id: component["platform"] for id, component in COMPONENTS.items()}
    assert found == {
        "state": "sensor",
        "event": "event",
        "button": "event",
        "say": "notify",
        "announce": "notify",
        "ask": "notify",
        "listen": "button",
        "stop": "button",
        "interrupt": "button",
        "false_wake": "button",
        "mute": "switch",
        "follow_up": "switch",
        "volume": "number",
        "wake_sensitivity": "number",
        "barge_in_sensitivity": "number",
        "barge_in": "select",
        "language": "select",
        "voice": "select",
        "next_alarm": "sensor",
        "timers": "sensor",
        "latency_p50": "sensor",
        "latency_p95": "sensor",
        "microphone": "binary_sensor",
        "problem": "binary_sensor",
        "temperature": "sensor",
        "update": "update",
        "light": "light",
    }


def test_what_the_speaker_does_not_have_is_not_announced() -> None:
    left_out = COMPONENTS.keys() - announced(Features())["components"].keys()
    assert left_out == {"light", "temperature", "language"}


def test_classes_units_and_options_fit_together() -> None:
    assert COMPONENTS["state"]["options"] == ["idle", "listening", "processing", "responding"]
    assert COMPONENTS["event"]["event_types"] == list(EVENT_TYPES)
    assert COMPONENTS["button"]["device_class"] == "button"
    assert COMPONENTS["next_alarm"]["device_class"] == "timestamp"
    for id in ("latency_p50", "latency_p95"):
        assert COMPONENTS[id]["device_class"] == "duration"
        assert COMPONENTS[id]["unit_of_measurement"] == "ms"
    for level in Level:
        assert (COMPONENTS[level]["min"], COMPONENTS[level]["max"]) == (0, 100)
    light = COMPONENTS["light"]
    assert light["schema"] == "json"
    assert light["supported_color_modes"] == ["rgb"]
    assert light["effect_list"] == ["off", "rainbow", "pulse"]
    assert COMPONENTS["language"]["options"] == ["en", "de"]
    assert COMPONENTS["barge_in"]["options"] == ["full", "wake_word", "button", "off"]
    assert COMPONENTS["voice"]["options"] == ["default", "amy", "thorsten"]


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([], "OFF"),
        ([e.HealthChanged(part="microphone", healthy=True)], "OFF"),
        ([e.HealthChanged(part="lights", healthy=False, code="hardware-failed")], "ON"),
        ([e.HealthChanged(part="lights", healthy=False, code="hardware-failed"),
          e.HealthChanged(part="lights", healthy=True)], "OFF"),
        ([e.DegradationChanged(level=1, reason="budget", given_up=("beam",))], "OFF"),
    ],
)  # fmt: skip
def test_a_part_that_fails_is_a_problem_and_doing_with_less_is_none(
    events: list[e.Event], problem: str
) -> None:
    states = States(TOPICS, ABOUT, Settings(), "1.2.3", lights=False)
    states.warmed(48.0)
    for event in events:
        states.take(event, datetime(2026, 11, 21, 12, tzinfo=UTC))
    told = json.loads(states.payloads[TOPICS.health])
    # The attributes of what a template gets are read as Home Assistant's sandbox reads them.
    template = SandboxedEnvironment().from_string(COMPONENTS["problem"]["value_template"])
    assert template.render(value_json=told) == problem


def test_components_that_are_gone_are_named_by_platform_only_and_then_left_out() -> None:
    known = known_components(to_json(announced(EVERYTHING)))
    now = device_config(ABOUT, Features(), "1.2.4")
    gone = gone_components(known, now)
    assert gone == {"light": "light", "temperature": "sensor", "language": "select"}
    first = removal(gone, now)
    assert {id: first["components"][id] for id in gone} == {
        "light": {"platform": "light"},
        "temperature": {"platform": "sensor"},
        "language": {"platform": "select"},
    }
    assert {**first, "components": now["components"]} == now
    assert not gone.keys() & now["components"].keys()
    assert gone_components(known_components(to_json(now)), now) == {}


def test_a_removal_that_was_cut_short_is_begun_again() -> None:
    now = device_config(ABOUT, Features(), "1.2.4")
    interrupted = to_json(removal({"light": "light"}, now))
    assert gone_components(known_components(interrupted), now) == {"light": "light"}


def test_a_component_that_became_another_one_is_removed_first() -> None:
    now = device_config(ABOUT, Features(), "2.0")
    gone = gone_components({"say": "text", "stop": "button"}, now)
    assert gone == {"say": "text"}
    assert removal(gone, now)["components"]["say"] == {"platform": "text"}
    assert now["components"]["say"]["platform"] == "notify"


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{}",
        "[]",
        "null",
        "{",
        '{"components": []}',
        '{"components": {"a": "b"}}',
        '{"components": {"a": {}}}',
        '{"components": {"a": {"platform": 5}}}',
        '{"components": {"a/b": {"platform": "sensor"}}}',
        '{"components": {"a": {"platform": "no such/platform"}}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_announcement_names_no_components(payload: str) -> None:
    assert known_components(payload) == {}


@given(st.text() | st.dictionaries(st.text(), st.dictionaries(st.text(), st.text())).map(to_json))
def test_no_retained_message_breaks_the_announcement(payload: str) -> None:
    known = known_components(f'{{"components": {payload}}}')
    now = device_config(ABOUT, EVERYTHING, "1")
    assert removal(gone_components(known, now), now)["components"].keys() >= COMPONENTS.keys()
