"""Devices as zigbee2mqtt's list tells of them."""

from typing import Any


def binary(name: str, on: object, off: object, **more: object) -> dict[str, Any]:
    return {"type": "binary", "name": name, "property": name, "value_on": on, "value_off": off,
            **more}  # fmt: skip


def numeric(name: str, **more: object) -> dict[str, Any]:
    return {"type": "numeric", "name": name, "property": name, **more}


def enum(name: str, *values: str) -> dict[str, Any]:
    return {"type": "enum", "name": name, "property": name, "values": list(values)}


STATE = binary("state", "ON", "OFF")
LIGHT = {
    "type": "light",
    "features": [
        STATE,
        numeric("brightness", value_min=0, value_max=254),
        numeric("color_temp", value_min=250, value_max=454),
        {"type": "composite", "name": "color_xy", "property": "color",
         "features": [numeric("x"), numeric("y")]},
    ],
}  # fmt: skip
LOCK = {"type": "lock", "features": [binary("state", "LOCK", "UNLOCK")]}
COVER = {"type": "cover", "features": [enum("state", "OPEN", "CLOSE", "STOP"), numeric("position")]}
CLIMATE = {
    "type": "climate",
    "features": [
        numeric("occupied_heating_setpoint", value_min=5, value_max=30, unit="°C"),
        numeric("local_temperature", unit="°C"),
        enum("system_mode", "off", "heat", "auto"),
    ],
}
FAN = {"type": "fan", "features": [
    {**STATE, "property": "fan_state"},
    {**enum("mode", "off", "low", "medium", "high", "on"), "property": "fan_mode"},
]}  # fmt: skip


def device(name: str, *exposes: object, **more: object) -> dict[str, Any]:
    return {"ieee_address": f"0x{name}", "friendly_name": name, "type": "Router",
            "definition": {"exposes": list(exposes)}, **more}  # fmt: skip
