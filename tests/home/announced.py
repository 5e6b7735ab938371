"""Announcements as the firmware that homes are full of publishes them."""

import json
from typing import Any

from hypothesis import strategies as st

from device.home.discovery import Found, read_announcement

PREFIX = "homeassistant"

ZIGBEE_LAMP: dict[str, Any] = {
    "availability": [{"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.x }}"}],
    "brightness": True,
    "brightness_scale": 254,
    "command_topic": "zigbee2mqtt/reading lamp/set",
    "device": {
        "identifiers": ["zigbee2mqtt_0x00124b0022aabb01"],
        "manufacturer": "IKEA",
        "name": "reading lamp",
    },
    "max_mireds": 454,
    "min_mireds": 250,
    "name": None,
    "object_id": "reading_lamp",
    "origin": {"name": "Zigbee2MQTT", "sw": "2.1.1", "url": "https://www.zigbee2mqtt.io"},
    "schema": "json",
    "state_topic": "zigbee2mqtt/reading lamp",
    "supported_color_modes": ["xy", "color_temp"],
    "unique_id": "0x00124b0022aabb01_light_zigbee2mqtt",
}
ZIGBEE_CONTACT: dict[str, Any] = {
    "device": {"identifiers": ["zigbee2mqtt_0x00158d0001"], "name": "front door"},
    "device_class": "door",
    "name": "Contact",
    "payload_off": True,
    "payload_on": False,
    "state_topic": "zigbee2mqtt/front door",
    "unique_id": "0x00158d0001_contact_zigbee2mqtt",
    "value_template": "{{ value_json.contact }}",
}
TASMOTA_PLUG: dict[str, Any] = {
    "name": "Coffee machine",
    "cmd_t": "~cmnd/POWER",
    "stat_t": "~tele/STATE",
    "val_tpl": "{{ value_json.POWER }}",
    "pl_off": "OFF",
    "pl_on": "ON",
    "avty_t": "~tele/LWT",
    "uniq_id": "A1B2C3_RL_1",
    "device": {"ids": ["A1B2C3"]},
    "~": "tasmota_A1B2C3/",
}
ESPHOME_BLINDS: dict[str, Any] = {
    "name": "Office Blinds",
    "dev_cla": "blind",
    "cmd_t": "desk/cover/office_blinds/command",
    "stat_t": "desk/cover/office_blinds/state",
    "pos_t": "desk/cover/office_blinds/position/state",
    "set_pos_t": "desk/cover/office_blinds/position/command",
    "obj_id": "office_blinds",
    "uniq_id": "ESPcoveroffice_blinds",
    "dev": {"ids": "a0b1c2d3e4f5", "name": "desk", "sw": "esphome v2025.2", "sa": "Office"},
}
DEVICE_FORM: dict[str, Any] = {
    "dev": {"ids": "ea334450945afc", "name": "Heat pump", "sa": "Cellar"},
    "o": {"name": "bla2mqtt", "sw": "2.1"},
    "~": "pump",
    "cmps": {
        "t": {"p": "sensor", "dev_cla": "temperature", "unit_of_meas": "°C", "name": "Water",
              "stat_t": "~/state", "val_tpl": "{{ value_json.temperature }}", "uniq_id": "t"},
        "power": {"p": "switch", "name": None, "cmd_t": "~/set", "stat_t": "~/on", "uniq_id": "p"},
        "hvac": {"p": "climate", "name": "Thermostat", "uniq_id": "c",
                 "modes": ["off", "heat"], "mode_cmd_t": "~/mode/set", "mode_stat_t": "~/mode",
                 "temp_cmd_t": "~/target/set", "temp_stat_t": "~/target",
                 "curr_temp_t": "~/state", "curr_temp_tpl": "{{ value_json.temperature }}"},
        "signal": {"p": "sensor", "name": "Signal", "ent_cat": "diagnostic", "stat_t": "~/rssi"},
        "gone": {"p": "sensor"},
    },
    "qos": 1,
}  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=6)
    ),
    max_leaves=12,
)
"""Whatever may stand in JSON."""


def found(component: str, message: object, node: str = "x") -> tuple[Found, ...]:
    """What is found in one message; nothing in it may be refused."""
    payload = message if isinstance(message, str) else json.dumps(message)
    announcement = read_announcement(f"{PREFIX}/{component}/{node}/config", payload, PREFIX)
    assert announcement.refused == ()
    return announcement.found
