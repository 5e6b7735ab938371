"""What devices report, in Home Assistant's words."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from device.home.base import Device
from device.home.value_templates import is_template, parse_json
from device.home.value_templates import read_value as render_value
from device.types import Action, Domain, EntityState

_WORDS = {
    Domain.COVER: {"open": "open", "close": "closed", "closed": "closed", "0": "closed"},
    Domain.LOCK: {
        "lock": "locked", "locked": "locked", "unlock": "unlocked", "unlocked": "unlocked",
    },
    Domain.BINARY_SENSOR: {"true": "on", "false": "off"},
    Domain.FAN: {"0": "off", "1": "on", "2": "on", "3": "on"},
}  # fmt: skip
_OPEN_WHEN_FALSE = "contact"
"""zigbee2mqtt reports contact: true when the door is shut."""
_SETTINGS = {"set_brightness": "brightness_pct", "set_temperature": "temperature"}
"""Home Assistant's names of what these services set."""
_SCALED = re.compile(r"\{[a-z]+(?:_(\d+))?\}")
_SYNONYMS = {"locked": "lock", "unlocked": "unlock"}
_TOLERANCE = 0.01


def read_value(payload: str, key: str) -> Any:
    """The value a report carries under a `Report.key`; None when there is none."""
    if not key:
        return payload.strip() or None
    if is_template(key):
        return render_value(key, payload)
    value = _body(payload)
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def read_state(device: Device, payload: str) -> EntityState | None:
    """The state in one report; None when it does not tell it."""
    value = read_value(payload, device.report.key)
    if value is None or isinstance(value, (dict, list)):
        return None
    attributes = {**dict(_settings(device, payload)), **_attributes(payload)}
    return EntityState(_word(device, value), device.unit, attributes)


def read_facts(device: Device, topic: str, payload: str) -> dict[str, Any]:
    """The further facts that a report on a topic tells."""
    found = {
        name: read_value(payload, report.key)
        for name, report in device.readings.items()
        if report.topic == topic
    }
    return {name: value for name, value in found.items() if isinstance(value, (str, int, float))}


def confirms(action: Action, payload: str) -> bool:
    """Whether a report says that the action was carried out."""
    value = read_value(payload, action.value_key)
    if value is None:
        return False
    if not action.expected:
        return True
    return _same(str(value), action.expected)


def state_topics(devices: Iterable[Device]) -> dict[str, list[Device]]:
    """Devices by the topics on which they report."""
    topics: dict[str, list[Device]] = {}
    for device in devices:
        for topic in {report.topic for report in device.reports}:
            topics.setdefault(topic, []).append(device)
    return topics


@lru_cache(maxsize=16)
def _body(payload: str) -> Any:
    """The JSON of a report, parsed once for all the devices it is about; not to be changed."""
    return parse_json(payload)


def _same(value: str, expected: str) -> bool:
    one, other = value.casefold(), expected.casefold()
    if _SYNONYMS.get(one, one) == _SYNONYMS.get(other, other):
        return True
    try:
        wanted = float(expected)
        return abs(float(value) - wanted) <= _TOLERANCE * abs(wanted)
    except ValueError:
        return False


def _word(device: Device, value: Any) -> str:
    domain = device.entity.domain
    text = str(value).casefold()
    if text in device.words:
        return device.words[text]
    if domain is Domain.BINARY_SENSOR and device.report.key.endswith(_OPEN_WHEN_FALSE):
        return "off" if text == "true" else "on"
    if domain is Domain.COVER and text.isdigit():
        return "closed" if text == "0" else "open"
    if domain is Domain.SENSOR:
        return str(value)
    return _WORDS.get(domain, {}).get(text, text)


def _settings(device: Device, payload: str) -> Iterator[tuple[str, float]]:
    """How bright a light is, in percent, and how warm a thermostat makes it, in its own unit."""
    for service, name in _SETTINGS.items():
        command = device.commands.get(service)
        if command is None or command.report.topic != device.report.topic:
            continue
        scaled, value = _SCALED.fullmatch(command.expected), read_value(payload, command.report.key)
        if scaled and isinstance(value, int | float) and not isinstance(value, bool):
            yield name, value * 100 / int(scaled[1]) if scaled[1] else value


def _attributes(payload: str) -> dict[str, Any]:
    body = _body(payload)
    if not isinstance(body, dict):
        return {}
    attributes = dict(body)
    if "local_temperature" in body:
        attributes["current_temperature"] = body["local_temperature"]
    return attributes
