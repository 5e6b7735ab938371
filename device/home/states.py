"""What devices report, in Home Assistant's words."""

import json
from typing import Any

from device.home.base import Device, Report
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
_SYNONYMS = {"locked": "lock", "unlocked": "unlock"}
_TOLERANCE = 0.01


def read_value(payload: str, key: str) -> Any:
    """The value a report carries under `key` (dots for nested ones); None when there is none."""
    if not key:
        return payload.strip() or None
    try:
        value = json.loads(payload)
    except ValueError:
        return None
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def read_state(device: Device, payload: str) -> EntityState | None:
    """The state in one report; None when it does not tell it."""
    value = read_value(payload, device.report.key)
    if value is None or isinstance(value, (dict, list)):
        return None
    return EntityState(_word(device, value), device.unit, _attributes(payload))


def confirms(action: Action, payload: str) -> bool:
    """Whether a report says that the action was carried out."""
    value = read_value(payload, action.value_key)
    if value is None:
        return False
    if not action.expected:
        return True
    return _same(str(value), action.expected)


def state_topics(devices: tuple[Device, ...]) -> dict[str, list[Device]]:
    """Devices by the topic on which they report."""
    topics: dict[str, list[Device]] = {}
    for device in devices:
        if device.report != Report():
            topics.setdefault(device.report.topic, []).append(device)
    return topics


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
    text = str(value).casefold() if isinstance(value, (bool, str)) else str(value)
    if domain is Domain.BINARY_SENSOR and device.report.key.endswith(_OPEN_WHEN_FALSE):
        return "off" if text == "true" else "on"
    if domain is Domain.COVER and text.isdigit():
        return "closed" if text == "0" else "open"
    if domain is Domain.SENSOR:
        return str(value)
    return _WORDS.get(domain, {}).get(text, text)


def _attributes(payload: str) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    attributes = dict(body)
    if "local_temperature" in body:
        attributes["current_temperature"] = body["local_temperature"]
    return attributes
