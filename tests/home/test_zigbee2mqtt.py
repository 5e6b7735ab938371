import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.home.base import Device, Report
from device.home.home import Home
from device.home.states import read_state
from device.home.zigbee2mqtt import read_lists
from device.types import Intent
from tests.home.announced import JSON
from tests.home.exposed import (
    CLIMATE,
    COVER,
    FAN,
    LIGHT,
    LOCK,
    STATE,
    binary,
    device,
    enum,
    numeric,
)


def read(*devices: object, groups: object = ()) -> dict[str, Device]:
    announcement = read_lists(json.dumps(devices), json.dumps(list(groups)), "zigbee2mqtt")  # type: ignore[call-overload]
    assert announcement.refused == ()
    return {one.device.entity.id: one.device for one in announcement.found}


@pytest.mark.parametrize(
    ("expose", "intent", "slots", "payload"),
    [
        (LIGHT, "HassTurnOn", {}, {"state": "ON"}),
        (LIGHT, "HassLightSet", {"brightness": 50}, {"brightness": 127}),
        (LIGHT, "HassLightSet", {"temperature": 2700}, {"color_temp": 370}),
        (LIGHT, "HassLightSet", {"color": "red"}, {"color": {"r": 255, "g": 0, "b": 0}}),
        ({"type": "switch", "features": [STATE]}, "HassTurnOff", {}, {"state": "OFF"}),
        (LOCK, "HassTurnOn", {}, {"state": "LOCK"}),
        (LOCK, "HassTurnOff", {}, {"state": "UNLOCK"}),
        (COVER, "HassTurnOn", {}, {"state": "OPEN"}),
        (COVER, "HassSetPosition", {"position": 40}, {"position": 40}),
        (CLIMATE, "HassTurnOn", {}, {"system_mode": "heat"}),
        (CLIMATE, "HassTurnOff", {}, {"system_mode": "off"}),
        (CLIMATE, "HassClimateSetTemperature", {"temperature": 21.5},
         {"occupied_heating_setpoint": 21.5}),
        (FAN, "HassTurnOn", {}, {"fan_state": "ON"}),
        (FAN, "HassFanSetSpeed", {"percentage": 40}, {"fan_mode": "medium"}),
    ],
)  # fmt: skip
def test_what_is_exposed_can_be_commanded(
    expose: dict[str, Any], intent: str, slots: dict[str, object], payload: dict[str, object]
) -> None:
    ((entity_id, known),) = read(device("thing", expose)).items()

    (action,) = Home([known]).plan(Intent(intent, {**slots, "entity_id": [entity_id]}))

    assert action.topic == "zigbee2mqtt/thing/set"
    assert json.loads(action.payload) == payload


@pytest.mark.parametrize(
    ("expose", "payload", "value"),
    [
        (LIGHT, {"state": "ON"}, "on"),
        (LOCK, {"state": "UNLOCK"}, "unlocked"),
        (COVER, {"state": "CLOSE"}, "closed"),
        (CLIMATE, {"system_mode": "heat"}, "heat"),
        (binary("contact", False, True), {"contact": False}, "on"),
        (binary("contact", False, True), {"contact": True}, "off"),
        (binary("occupancy", True, False), {"occupancy": True}, "on"),
        (binary("water_leak", True, False), {"water_leak": False}, "off"),
        (numeric("temperature", unit="°C"), {"temperature": 21.4}, "21.4"),
    ],
)
def test_what_is_exposed_can_be_read(
    expose: dict[str, Any], payload: dict[str, object], value: str
) -> None:
    (known,) = read(device("thing", expose)).values()

    told = read_state(known, json.dumps(payload))

    assert told is not None
    assert told.value == value


def test_sensors_are_called_after_their_device_and_what_they_measure() -> None:
    known = read(
        device("living_room/window", binary("contact", False, True), numeric("battery"),
               numeric("temperature", unit="°C"), numeric("linkquality"))
    )  # fmt: skip

    assert {key: (one.entity.name, one.entity.aliases, one.unit) for key, one in known.items()} == {
        "binary_sensor.living_room_window_contact":
            ("living room window contact", ("living room window",), ""),
        "sensor.living_room_window_temperature": ("living room window temperature", (), "°C"),
    }  # fmt: skip


def test_a_switch_with_two_buttons_is_two_things() -> None:
    two = [
        {"type": "switch", "endpoint": end, "features": [{**STATE, "property": f"state_{end}"}]}
        for end in ("l1", "left")
    ]

    known = read(device("hall switch", *two))

    assert {key: one.report for key, one in known.items()} == {
        "switch.hall_switch_1": Report("zigbee2mqtt/hall switch", "state_l1"),
        "switch.hall_switch_left": Report("zigbee2mqtt/hall switch", "state_left"),
    }


def test_the_coordinator_disabled_and_unknown_devices_are_left_out() -> None:
    assert not read(
        device("Coordinator", type="Coordinator"),
        device("off", LIGHT, disabled=True),
        device("unsupported") | {"definition": None},
        device("remote", enum("action", "on", "off"), numeric("battery")),
        device("settings", binary("contact", False, True, category="diagnostic")),
        device(
            "valve",
            {
                "type": "lock",
                "features": [{**binary("state", "LOCK", "UNLOCK"), "property": "child_lock"}],
            },
        ),
    )


def test_a_group_of_lights_is_a_light() -> None:
    members = [{"ieee_address": f"0x{name}", "endpoint": 1} for name in ("one", "two")]
    groups = [
        {"id": 1, "friendly_name": "all spots", "members": members},
        {"id": 2, "friendly_name": "mixed", "members": [*members, {"ieee_address": "0xplug"}]},
        {"id": 3, "friendly_name": "empty", "members": []},
    ]
    plug = device("plug", {"type": "switch", "features": [STATE]})

    known = read(device("one", LIGHT), device("two", LIGHT), plug, groups=groups)

    assert known.keys() == {"light.one", "light.two", "switch.plug", "light.all_spots"}
    assert "set_brightness" in known["light.all_spots"].commands


@pytest.mark.parametrize(
    "wrong",
    [
        device("a+b", LIGHT),
        device("lamp {x}", LIGHT),
        device("x") | {"friendly_name": 7},
        device("x", {"type": "light", "features": [{**STATE, "property": "a.b"}]}),
        device("x", {"type": "light", "features": [{**STATE, "value_on": "{brightness}"}]}),
        device("x", {"type": "light", "features": [{**STATE, "value_on": ["ON"]}]}),
    ],
)
def test_a_device_that_cannot_be_used_leaves_the_others(wrong: dict[str, Any]) -> None:
    announcement = read_lists(json.dumps([wrong, device("lamp", LIGHT)]), "", "zigbee2mqtt")

    assert [one.device.entity.id for one in announcement.found] == ["light.lamp"]
    assert len(announcement.refused) == 1


@pytest.mark.parametrize("payload", ["{", "{}", "7", "[" * 100_000])
def test_what_is_no_list_is_told(payload: str) -> None:
    assert len(read_lists(payload, payload, "zigbee2mqtt").refused) == 2


@given(JSON, st.lists(JSON | st.sampled_from([LIGHT, COVER, CLIMATE, FAN]), max_size=4), JSON)
def test_no_list_breaks_the_reading(odd: Any, exposes: list[Any], member: Any) -> None:
    devices = [odd, device("x", *exposes), device("y") | {"definition": odd}]
    groups = [
        odd,
        {"friendly_name": "g", "members": odd},
        {"friendly_name": "h", "members": [member]},
    ]

    read_lists(json.dumps(devices), json.dumps(groups), "zigbee2mqtt")
    read_lists(json.dumps(odd), json.dumps(odd), "zigbee2mqtt")
