"""What zigbee2mqtt's `exposes` mean in commands and readings. Pure.

A feature has a type, a property (its key in the JSON), perhaps value_on, value_off, value_max,
values and a unit (zigbee2mqtt.io, exposes).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from device.errors import HomeError
from device.types import Domain

_MEASURED: Final = {
    "contact": (Domain.BINARY_SENSOR, "door"),
    "occupancy": (Domain.BINARY_SENSOR, "occupancy"),
    "presence": (Domain.BINARY_SENSOR, "occupancy"),
    "vibration": (Domain.BINARY_SENSOR, "vibration"),
    "water_leak": (Domain.BINARY_SENSOR, "moisture"),
    "smoke": (Domain.BINARY_SENSOR, "smoke"),
    "carbon_monoxide": (Domain.BINARY_SENSOR, "carbon_monoxide"),
    "gas": (Domain.BINARY_SENSOR, "gas"),
    "temperature": (Domain.SENSOR, "temperature"),
    "humidity": (Domain.SENSOR, "humidity"),
    "pressure": (Domain.SENSOR, "pressure"),
    "illuminance": (Domain.SENSOR, "illuminance"),
    "co2": (Domain.SENSOR, "carbon_dioxide"),
    "pm25": (Domain.SENSOR, "pm25"),
    "power": (Domain.SENSOR, "power"),
    "energy": (Domain.SENSOR, "energy"),
}
"""Domain and device class of what people ask about, by property."""


class Feature:
    """One feature, read with suspicion; HomeError for what cannot be used."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @property
    def kind(self) -> str:
        """binary, numeric, enum, composite, ..."""
        return str(self._values.get("type"))

    @property
    def key(self) -> str:
        """Its key in the JSON."""
        key = self._values.get("property")
        if not isinstance(key, str) or not key or set(key) & set(".{}"):
            raise HomeError(f"{str(key)[:40]!r} is no property")
        return key

    @property
    def name(self) -> str:
        """What it is, without its endpoint."""
        return str(self._values.get("name") or self._values.get("property"))

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name.replace("_", " ")

    @property
    def unit(self) -> str:
        """Unit of its value; empty: none."""
        return str(self._values.get("unit") or "")

    @property
    def highest(self) -> int:
        """Greatest value; 254 where none is told."""
        value = self._values.get("value_max")
        return int(value) if isinstance(value, (int, float)) and 1 <= value <= 1e6 else 254

    @property
    def values(self) -> tuple[str, ...]:
        """The values of an enum."""
        values = self._values.get("values")
        return tuple(map(str, values)) if isinstance(values, list) else ()

    def value(self, name: str, otherwise: Any) -> Any:
        """value_on or value_off."""
        value = self._values.get(name, otherwise)
        if not isinstance(value, (str, bool, int)) or "{" in str(value):
            raise HomeError(f"{name} is no plain value")
        return value

    @property
    def words(self) -> dict[str, str]:
        """on and off by its values; an open door is on, which is a contact that is false."""
        on = str(self.value("value_on", True)).casefold()
        off = str(self.value("value_off", False)).casefold()
        return {on: "off", off: "on"} if self.closes else {on: "on", off: "off"}

    @property
    def closes(self) -> bool:
        """Whether its `on` means that something is shut."""
        return self.name == "contact" and self.value("value_on", True) is True


@dataclass(frozen=True, slots=True)
class Setting:
    """One command of a device."""

    payload: str
    """JSON to send; a template."""
    key: str = ""
    """Where the effect shows."""
    expected: str = ""
    """What shows there; empty: anything."""


@dataclass(slots=True)
class ExposedWiring:
    """What the features of one thing make possible."""

    commands: dict[str, Setting] = field(default_factory=dict)
    """By service key."""
    key: str = ""
    """Where its state shows; empty: nowhere."""
    words: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    """Key by the name of a further fact."""


def measurement(feature: Feature) -> tuple[Domain, str] | None:
    """Domain and device class of a reading; None for what nobody asks about."""
    known = _MEASURED.get(feature.name)
    if known is None:
        return None
    kind = "numeric" if known[0] is Domain.SENSOR else "binary"
    return known if feature.kind == kind else None


def wire_exposed(domain: Domain, features: Sequence[Feature]) -> ExposedWiring:
    """Everything that can be said to one thing. Raises HomeError when it cannot be used."""
    wiring = ExposedWiring()
    for feature in features:
        key = feature.key
        match feature.name:
            case "state" | "fan_state":
                _state(wiring, domain, feature)
            case "brightness":
                level = f"{{brightness_{feature.highest}}}"
                wiring.commands["set_brightness"] = Setting(_json(key, level), key, level)
            case "color_temp":
                # The lamp may bound the temperature to what it can do: any report counts.
                wiring.commands["set_color_temperature"] = Setting(_json(key, "{mired}"), key)
            case "color_xy" | "color_hs":
                wiring.commands["set_color"] = Setting(_json(key, _RGB), key)
            case "position":
                wiring.commands["set_cover_position"] = Setting(_json(key, "{position}"))
            case "mode" if {"low", "medium", "high"} <= set(feature.values):
                wiring.commands["set_percentage"] = Setting(_json(key, '"{mode}"'), key, "{mode}")
            case "system_mode":
                _mode(wiring, feature)
            case "local_temperature":
                wiring.readings["current_temperature"] = key
            case "occupied_heating_setpoint" | "current_heating_setpoint":
                wiring.commands["set_temperature"] = Setting(
                    _json(key, "{temperature}"), key, "{temperature}"
                )
    return wiring


_RGB: Final = '{"r": {red}, "g": {green}, "b": {blue}}'


def _json(key: str, value: str) -> str:
    """An object with one value, which is JSON or a placeholder."""
    return f"{{{json.dumps(key)}: {value}}}"


def _state(wiring: ExposedWiring, domain: Domain, feature: Feature) -> None:
    key = feature.key
    wiring.key = key
    if domain is Domain.COVER:
        for service, value in (("open", "OPEN"), ("close", "CLOSE"), ("stop", "STOP")):
            # A cover reports while it moves: any report says that it heard.
            wiring.commands[f"{service}_cover"] = Setting(_json(key, json.dumps(value)))
        return
    is_lock = domain is Domain.LOCK
    on = feature.value("value_on", "LOCK" if is_lock else "ON")
    off = feature.value("value_off", "UNLOCK" if is_lock else "OFF")
    services = ("lock", "unlock") if is_lock else ("turn_on", "turn_off")
    words = ("locked", "unlocked") if is_lock else ("on", "off")
    for service, word, value in zip(services, words, (on, off), strict=True):
        wiring.commands[service] = Setting(_json(key, json.dumps(value)), key, str(value))
        wiring.words[str(value).casefold()] = word


def _mode(wiring: ExposedWiring, feature: Feature) -> None:
    wiring.key = feature.key
    usual = next((mode for mode in ("heat", "auto", "cool") if mode in feature.values), "")
    for service, mode in (("turn_on", usual), ("turn_off", "off")):
        if mode in feature.values:
            wiring.commands[service] = Setting(
                _json(feature.key, json.dumps(mode)), feature.key, mode
            )
