import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.home.base import Report
from device.home.discovery import MAXIMUM_ANNOUNCEMENT, read_announcement
from device.types import Domain
from tests.home.announced import (
    DEVICE_FORM,
    ESPHOME_BLINDS,
    JSON,
    PREFIX,
    TASMOTA_PLUG,
    ZIGBEE_CONTACT,
    ZIGBEE_LAMP,
    found,
)

SWITCH: dict[str, Any] = {"name": "Fan plug", "command_topic": "plug/set"}


def refused(component: str, message: object) -> tuple[str, ...]:
    payload = message if isinstance(message, str) else json.dumps(message)
    announcement = read_announcement(f"{PREFIX}/{component}/x/config", payload, PREFIX)
    assert announcement.found == ()
    return announcement.refused


@pytest.mark.parametrize(
    ("component", "message", "entity_id", "name", "area"),
    [
        ("light", ZIGBEE_LAMP, "light.reading_lamp", "reading lamp", ""),
        ("switch", TASMOTA_PLUG, "switch.coffee_machine", "Coffee machine", ""),
        ("cover", ESPHOME_BLINDS, "cover.office_blinds", "desk Office Blinds", "Office"),
        ("binary_sensor", ZIGBEE_CONTACT, "binary_sensor.front_door_contact",
         "front door Contact", ""),
    ],
)  # fmt: skip
def test_single_components_are_named_and_placed(
    component: str, message: dict[str, Any], entity_id: str, name: str, area: str
) -> None:
    (one,) = found(component, message)

    entity = one.device.entity
    assert (entity.id, entity.name, entity.area) == (entity_id, name, area)
    assert entity.domain == component


def test_a_device_announces_all_its_components_at_once() -> None:
    entities = {one.device.entity.id: one.device.entity for one in found("device", DEVICE_FORM)}

    assert {key: entity.name for key, entity in entities.items()} == {
        "sensor.heat_pump_water": "Heat pump Water",
        "switch.heat_pump": "Heat pump",
        "climate.heat_pump_thermostat": "Heat pump Thermostat",
    }
    assert {entity.area for entity in entities.values()} == {"Cellar"}


def test_abbreviations_and_the_base_topic_are_expanded() -> None:
    (plug,) = found("switch", TASMOTA_PLUG)
    water = found("device", DEVICE_FORM)[0]

    assert plug.device.commands["turn_on"].topic == "tasmota_A1B2C3/cmnd/POWER"
    assert plug.device.report == Report("tasmota_A1B2C3/tele/STATE", "POWER")
    assert plug.marks == {"A1B2C3"}
    assert water.device.report == Report("pump/state", "temperature")
    assert water.device.unit == "°C"


def test_the_base_topic_may_stand_at_the_end() -> None:
    (one,) = found("switch", {"name": "x", "~": "base", "cmd_t": "cmnd/~"})

    assert one.device.commands["turn_on"].topic == "cmnd/base"


def test_a_topic_with_a_node_is_read_too() -> None:
    assert found("switch", SWITCH, node="node/x")[0].device.entity.id == "switch.fan_plug"


@pytest.mark.parametrize("taken_back", ["", '{"migrate_discovery": true}'])
def test_an_announcement_can_be_taken_back(taken_back: str) -> None:
    assert found("switch", taken_back) == ()


def test_a_component_is_removed_by_an_update_that_names_its_platform_alone() -> None:
    parts = {**DEVICE_FORM["cmps"], "power": {"p": "switch"}}

    ids = [one.device.entity.id for one in found("device", {**DEVICE_FORM, "cmps": parts})]

    assert "switch.heat_pump" not in ids


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ("switch", {**SWITCH, "origin": {"name": "Parlor"}}),
        ("switch", {**SWITCH, "command_topic": "parlor/kitchen/mute/set"}),
        ("switch", {**SWITCH, "entity_category": "config"}),
        ("switch", {**SWITCH, "enabled_by_default": False}),
        ("update", {"name": "Firmware", "state_topic": "x"}),
        ("device_automation", {"topic": "x", "type": "action"}),
        ("device", {"device": {"name": "x"}, "components": []}),
        ("device", {"device": {"name": "x"}}),
    ],
)
def test_what_nobody_speaks_about_is_left_out(component: str, message: dict[str, Any]) -> None:
    assert found(component, message) == ()


def test_what_people_say_is_an_alias() -> None:
    (blinds,) = found("cover", ESPHOME_BLINDS)
    (contact,) = found("binary_sensor", ZIGBEE_CONTACT)
    (plain,) = found("light", {"name": "Light", "cmd_t": "x", "dev": {"name": "Desk"}})

    assert blinds.device.entity.aliases == ("Office Blinds",)
    assert contact.device.entity.aliases == ("front door",)
    assert plain.device.entity.aliases == ()


@pytest.mark.parametrize(
    ("component", "message", "reason"),
    [
        ("switch", "{", "no JSON object"),
        ("switch", "[]", "no JSON object"),
        ("switch", "[" * 100_000, "no JSON object"),
        ("switch", "x" * (MAXIMUM_ANNOUNCEMENT + 1), "too many"),
        ("switch", {"name": "x"}, "no command_topic"),
        ("switch", {"command_topic": "x"}, "has no name"),
        ("switch", {"name": "x", "command_topic": ["x"]}, "is no text"),
        ("switch", {"name": "x", "command_topic": "all/#"}, "no topic"),
        ("switch", {"name": "x", "command_topic": "one/+/set"}, "no topic"),
        ("switch", {"name": "x", "command_topic": "a\u0000b"}, "no topic"),
        ("switch", {"name": "lamp {area}", "command_topic": "x"}, "brace"),
        ("switch", {"name": "x" * 200, "command_topic": "x"}, "200 characters"),
        ("switch", {"name": {"en": "x"}, "command_topic": "x"}, "is no text"),
        ("switch", {**SWITCH, "value_template": "{{ 9 ** 9 ** 9 }}", "state_topic": "s"}, "Pow"),
        ("switch", {**SWITCH, "value_template": 7}, "no text"),
        ("switch", {**SWITCH, "command_template": "{% for x in y %}{% endfor %}"}, "For"),
        ("light", {**SWITCH, "schema": "odd"}, "schema"),
        ("light", {**ZIGBEE_LAMP, "brightness_scale": 0}, "no scale"),
        ("light", {**ZIGBEE_LAMP, "brightness_scale": "many"}, "no number"),
        ("light", {**SWITCH, "schema": "template"}, "both command templates"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    component: str, message: object, reason: str
) -> None:
    (told,) = refused(component, message)

    assert reason in told
    assert len(told) < 300


def test_one_wrong_component_leaves_the_others() -> None:
    parts = {**DEVICE_FORM["cmps"], "power": {"p": "switch", "cmd_t": ["x"]}, "odd": 7}
    payload = json.dumps({**DEVICE_FORM, "cmps": parts})

    announcement = read_announcement(f"{PREFIX}/device/x/config", payload, PREFIX)

    assert len(announcement.found) == 2
    assert len(announcement.refused) == 1


def test_names_are_made_sayable() -> None:
    (one,) = found("switch", {"name": "living_room/floor\tlamp\u0007", "command_topic": "x"})

    assert one.device.entity.name == "living room floor lamp"


KEYS = sorted({*ZIGBEE_LAMP, *TASMOTA_PLUG, *ESPHOME_BLINDS, *DEVICE_FORM, "modes", "platform"})


@given(
    st.sampled_from([*Domain, "device", "update"]),
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=10),
)
def test_no_message_breaks_the_reading(component: str, message: dict[str, Any]) -> None:
    for body in (message, {**ZIGBEE_LAMP, **message}, {**DEVICE_FORM, **message}):
        announcement = read_announcement(f"{PREFIX}/{component}/x/config", json.dumps(body), PREFIX)
        for one in announcement.found:
            assert one.device.entity.name
            assert all(command.topic for command in one.device.commands.values())


@given(st.text(max_size=200))
def test_no_payload_breaks_the_reading(payload: str) -> None:
    assert read_announcement(f"{PREFIX}/light/x/config", payload, PREFIX).found == ()
