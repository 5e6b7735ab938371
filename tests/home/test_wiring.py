from typing import Any

import pytest

from device.errors import HomeError
from device.home.base import Device
from device.home.home import Home
from device.home.states import confirms
from device.types import Action, Intent
from tests.home.announced import DEVICE_FORM, ESPHOME_BLINDS, ZIGBEE_CONTACT, ZIGBEE_LAMP, found

NAMED = {"name": "it", "state_topic": "s", "command_topic": "c"}


def announced(component: str, message: dict[str, Any]) -> Device:
    (one,) = found(component, message)
    return one.device


def plan(device: Device, intent: str, **slots: object) -> Action:
    (action,) = Home([device]).plan(Intent(intent, {**slots, "entity_id": [device.entity.id]}))
    return action


def sent(device: Device, intent: str, **slots: object) -> tuple[str, str]:
    action = plan(device, intent, **slots)
    return action.topic, action.payload


def state(device: Device, *told: tuple[str, str]) -> str | None:
    home = Home([device])
    for topic, payload in told:
        home.note(topic, payload)
    known = home.state(device.entity.id)
    return known.value if known is not None else None


BASIC_LIGHT = {
    **NAMED, "payload_on": "1", "payload_off": "0",
    "bri_cmd_t": "c/bri", "bri_scl": 100, "bri_cmd_tpl": "dim {{ value }}",
    "clr_temp_cmd_t": "c/ct", "rgb_cmd_t": "c/rgb",
}  # fmt: skip
TEMPLATE_LIGHT = {
    **NAMED, "schema": "template", "red_template": "x", "brightness_template": "x",
    "command_on_template":
        "on{% if brightness is defined %},b{{ brightness }}{% endif %}"
        "{% if red is defined %},{{ red }}-{{ green }}-{{ blue }}{% endif %}",
    "command_off_template": "off", "state_template": "{{ value.split(',')[0] }}",
}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "intent", "slots", "command"),
    [
        (ZIGBEE_LAMP, "HassTurnOff", {}, ("zigbee2mqtt/reading lamp/set", '{"state": "OFF"}')),
        (ZIGBEE_LAMP, "HassLightSet", {"brightness": 50},
         ("zigbee2mqtt/reading lamp/set", '{"state": "ON", "brightness": 127}')),
        (ZIGBEE_LAMP, "HassLightSet", {"temperature": 2700},
         ("zigbee2mqtt/reading lamp/set", '{"state": "ON", "color_temp": 370}')),
        (ZIGBEE_LAMP, "HassLightSet", {"color": "red"},
         ("zigbee2mqtt/reading lamp/set",
          '{"state": "ON", "color": {"x": 0.6401, "y": 0.33}}')),
        ({**ZIGBEE_LAMP, "supported_color_modes": ["hs"]}, "HassLightSet", {"color": "blue"},
         ("zigbee2mqtt/reading lamp/set", '{"state": "ON", "color": {"h": 240, "s": 100}}')),
        ({**ZIGBEE_LAMP, "supported_color_modes": ["rgbw"]}, "HassLightSet", {"color": "red"},
         ("zigbee2mqtt/reading lamp/set",
          '{"state": "ON", "color": {"r": 255, "g": 0, "b": 0, "w": 0}}')),
        (BASIC_LIGHT, "HassTurnOn", {}, ("c", "1")),
        (BASIC_LIGHT, "HassLightSet", {"brightness": 30}, ("c/bri", "dim 30")),
        (BASIC_LIGHT, "HassLightSet", {"temperature": 4000}, ("c/ct", "250")),
        ({**BASIC_LIGHT, "clr_temp_k": True}, "HassLightSet", {"temperature": 4000},
         ("c/ct", "4000")),
        (BASIC_LIGHT, "HassLightSet", {"color": "red"}, ("c/rgb", "255,0,0")),
        ({**BASIC_LIGHT, "rgb_cmd_tpl": "#{{ red }}/{{ blue }}"}, "HassLightSet",
         {"color": "red"}, ("c/rgb", "#255/0")),
        ({**NAMED, "hs_cmd_t": "c/hs"}, "HassLightSet", {"color": "blue"}, ("c/hs", "240,100")),
        (TEMPLATE_LIGHT, "HassTurnOn", {}, ("c", "on")),
        (TEMPLATE_LIGHT, "HassTurnOff", {}, ("c", "off")),
        (TEMPLATE_LIGHT, "HassLightSet", {"brightness": 100}, ("c", "on,b255")),
        (TEMPLATE_LIGHT, "HassLightSet", {"color": "red"}, ("c", "on,255-0-0")),
    ],
)  # fmt: skip
def test_lights_of_every_schema_are_commanded(
    message: dict[str, Any], intent: str, slots: dict[str, object], command: tuple[str, str]
) -> None:
    assert sent(announced("light", message), intent, **slots) == command


FAN = {**NAMED, "pct_cmd_t": "c/pct", "spd_rng_max": 4}
CLIMATE = {
    "name": "it", "mode_cmd_t": "m", "mode_cmd_tpl": '{"mode":"{{ value }}"}',
    "temp_cmd_t": "t", "modes": ["off", "cool", "auto"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("component", "message", "intent", "slots", "command"),
    [
        ("switch", {**NAMED, "cmd_tpl": "set {{ value }}"}, "HassTurnOn", {}, ("c", "set ON")),
        ("switch", {**NAMED, "payload_on": True}, "HassTurnOn", {}, ("c", "True")),
        ("fan", FAN, "HassFanSetSpeed", {"percentage": 50}, ("c/pct", "2")),
        ("fan", FAN, "HassFanSetSpeed", {"percentage": 1}, ("c/pct", "1")),
        ("fan", {**NAMED, "pr_modes": ["low", "medium", "high"], "pr_mode_cmd_t": "c/mode"},
         "HassFanSetSpeed", {"percentage": 100}, ("c/mode", "high")),
        ("cover", ESPHOME_BLINDS, "HassTurnOff", {},
         ("desk/cover/office_blinds/command", "CLOSE")),
        ("cover", ESPHOME_BLINDS, "HassSetPosition", {"position": 30},
         ("desk/cover/office_blinds/position/command", "30")),
        ("cover", {**ESPHOME_BLINDS, "set_pos_tpl": '{"pos": {{ position }}}', "pos_open": 255},
         "HassSetPosition", {"position": 100},
         ("desk/cover/office_blinds/position/command", '{"pos": 255}')),
        ("lock", NAMED, "HassTurnOn", {}, ("c", "LOCK")),
        ("lock", {**NAMED, "pl_unlk": "open"}, "HassTurnOff", {}, ("c", "open")),
        ("climate", CLIMATE, "HassTurnOn", {}, ("m", '{"mode":"auto"}')),
        ("climate", CLIMATE, "HassTurnOff", {}, ("m", '{"mode":"off"}')),
        ("climate", CLIMATE, "HassClimateSetTemperature", {"temperature": 21.5}, ("t", "21.5")),
        ("climate", {**CLIMATE, "pow_cmd_t": "p"}, "HassTurnOn", {}, ("p", "ON")),
        ("scene", NAMED, "HassTurnOn", {}, ("c", "ON")),
        ("button", {**NAMED, "pl_prs": "go"}, "HassTurnOn", {}, ("c", "go")),
        ("vacuum", NAMED, "HassVacuumStart", {}, ("c", "start")),
        ("vacuum", NAMED, "HassVacuumReturnToBase", {}, ("c", "return_to_base")),
    ],
)  # fmt: skip
def test_every_domain_is_commanded(
    component: str,
    message: dict[str, Any],
    intent: str,
    slots: dict[str, object],
    command: tuple[str, str],
) -> None:
    assert sent(announced(component, message), intent, **slots) == command


COVER_POSITION = {"name": "it", "position_topic": "s", "command_topic": "c"}


@pytest.mark.parametrize(
    ("component", "message", "payload", "value"),
    [
        ("light", ZIGBEE_LAMP, '{"state": "ON"}', "on"),
        ("light", BASIC_LIGHT, "1", "on"),
        ("light", {**NAMED, "stat_val_tpl": "{{ value_json.s }}"}, '{"s": "OFF"}', "off"),
        ("light", TEMPLATE_LIGHT, "on,b7", "on"),
        ("switch", {**NAMED, "stat_on": "running", "stat_off": "idle"}, "Running", "on"),
        ("switch", {**NAMED, "val_tpl": "{{ value_json.x }}"}, '{"y": 1}', None),
        ("switch", {**NAMED, "val_tpl": "{{ value_json.x | int }}"}, "nonsense", None),
        ("cover", NAMED, "opening", "opening"),
        ("cover", {**NAMED, "stat_clsd": "DOWN"}, "DOWN", "closed"),
        ("cover", COVER_POSITION, "0", "closed"),
        ("cover", COVER_POSITION, "40", "open"),
        ("cover", {**COVER_POSITION, "pos_clsd": 100, "pos_open": 0}, "100", "closed"),
        ("cover", {**COVER_POSITION, "pos_clsd": 100, "pos_open": 0}, "0", "open"),
        ("lock", NAMED, "LOCKED", "locked"),
        ("lock", {**NAMED, "state_unlocked": "open"}, "open", "unlocked"),
        ("climate", {"name": "it", "mode_stat_t": "s"}, "heat", "heat"),
        ("vacuum", NAMED, '{"state": "docked"}', "docked"),
        ("sensor", {**NAMED, "val_tpl": "{{ value | float / 10 }}"}, "215", "21.5"),
        ("binary_sensor", NAMED, "ON", "on"),
        ("binary_sensor", ZIGBEE_CONTACT, '{"contact": false}', "on"),
        ("binary_sensor", ZIGBEE_CONTACT, '{"contact": true}', "off"),
    ],
)  # fmt: skip
def test_states_are_told_in_home_assistants_words(
    component: str, message: dict[str, Any], payload: str, value: str | None
) -> None:
    device = announced(component, message)

    assert state(device, (device.report.topic, payload)) == value


def test_a_thermostat_knows_how_warm_it_is_before_it_tells_its_mode() -> None:
    device = next(one.device for one in found("device", DEVICE_FORM)
                  if one.device.entity.domain == "climate")  # fmt: skip
    home = Home([device])

    home.note("pump/state", '{"temperature": 48.5}')
    first = home.state(device.entity.id)
    home.note("pump/mode", "heat")
    second = home.state(device.entity.id)

    assert first is not None
    assert second is not None
    assert (first.value, second.value) == ("unknown", "heat")
    assert first.attributes["current_temperature"] == 48.5
    assert second.attributes["current_temperature"] == 48.5


@pytest.mark.parametrize(
    ("component", "message", "intent", "slots", "report"),
    [
        ("light", ZIGBEE_LAMP, "HassTurnOff", {}, '{"state": "OFF"}'),
        ("light", ZIGBEE_LAMP, "HassLightSet", {"brightness": 50}, '{"brightness": 127}'),
        ("light", ZIGBEE_LAMP, "HassLightSet", {"color": "red"}, '{"color": {"x": 0.7}}'),
        ("light", BASIC_LIGHT, "HassTurnOn", {}, "1"),
        ("switch", {**NAMED, "val_tpl": "{{ value | upper }}"}, "HassTurnOn", {}, "on"),
        ("lock", {**NAMED, "stat_locked": "shut"}, "HassTurnOn", {}, "shut"),
    ],
)
def test_the_state_topic_confirms(
    component: str, message: dict[str, Any], intent: str, slots: dict[str, object], report: str
) -> None:
    action = plan(announced(component, message), intent, **slots)

    assert action.state_topic
    assert confirms(action, report)
    assert not confirms(action, "something else")


@pytest.mark.parametrize(
    ("component", "message", "intent", "slots"),
    [
        ("light", NAMED, "HassLightSet", {"brightness": 50}),
        ("fan", {**NAMED, "pct_cmd_t": "p", "spd_rng_min": 2}, "HassFanSetSpeed",
         {"percentage": 50}),
        ("cover", {**NAMED, "payload_open": ""}, "HassTurnOn", {}),
        ("climate", {**CLIMATE, "modes": ["off"]}, "HassTurnOn", {}),
        ("sensor", NAMED, "HassTurnOn", {}),
        ("switch", {**NAMED, "cmd_tpl": "{{ value + 1 }}"}, "HassTurnOn", {}),
    ],
)  # fmt: skip
def test_what_a_device_cannot_do_is_refused(
    component: str, message: dict[str, Any], intent: str, slots: dict[str, object]
) -> None:
    with pytest.raises(HomeError):
        plan(announced(component, message), intent, **slots)
