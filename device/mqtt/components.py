"""The parts of the speaker that Home Assistant shows. Pure.

The id of a component never changes its meaning: people build on the entity that it makes.
Source: Home Assistant, MQTT integration, one page for each platform.
"""

from typing import Any

from device.events import BargeIn, TurnState
from device.mqtt.commands import Level
from device.mqtt.requests import Features
from device.mqtt.telling import EVENT_TYPES, GESTURES
from device.mqtt.topics import DEFAULT_VOICE, NO_EFFECT, Topics

Component = dict[str, Any]

_TO_PERCENT = "{{ (value | float(0) * 100) | round | int }}"
_FROM_PERCENT = "{{ value / 100 }}"
_TIMERS_AS_ATTRIBUTES = "{{ {'timers': value_json} | tojson }}"
_MICROPHONE = (
    "{{ 'OFF' if value_json.get('microphone', {}).get('healthy', true) else 'ON' }}"
)  # fmt: skip
_PROBLEM = (
    "{{ 'ON' if value_json.values() | selectattr('healthy', 'defined') "
    "| rejectattr('given_up', 'defined') | rejectattr('healthy') | list else 'OFF' }}"
)  # doing with less is no problem
_CELSIUS = "{{ value_json.get('temperature', {}).get('celsius', 'None') }}"


def components(topics: Topics, features: Features) -> dict[str, Component]:
    """Every component by its id, without the names that it is found again by."""
    found = {
        **_talk(topics),
        **_settings(topics, features),
        **_times(topics),
        **_diagnostics(topics),
    }
    if features.lights:
        found["light"] = _light(topics, features)
    if features.temperature:
        found["temperature"] = _temperature(topics)
    return found


def _talk(topics: Topics) -> dict[str, Component]:
    return {
        "state": {
            "platform": "sensor",
            "name": None,
            "icon": "mdi:account-voice",
            "device_class": "enum",
            "options": [state.value for state in TurnState],
            "state_topic": topics.state,
            "json_attributes_topic": topics.attributes,
        },
        "event": {
            "platform": "event",
            "name": "Event",
            "icon": "mdi:ear-hearing",
            "state_topic": topics.event,
            "event_types": list(EVENT_TYPES),
        },
        "button": {
            "platform": "event",
            "name": "Button",
            "device_class": "button",
            "state_topic": topics.button,
            "event_types": list(GESTURES),
        },
        "say": _notify(topics, "say", "Say", "mdi:message-text"),
        "announce": _notify(topics, "announce", "Announce", "mdi:bullhorn"),
        "ask": _notify(topics, "ask", "Ask", "mdi:comment-question"),
        "listen": _press(topics, "listen", "Listen", "mdi:microphone-message"),
        "stop": _press(topics, "stop", "Stop", "mdi:stop"),
        "interrupt": _press(topics, "interrupt", "Interrupt", "mdi:hand-back-right"),
        "false_wake": _press(topics, "false_wake", "False wake", "mdi:ear-hearing-off")
        | {"entity_category": "diagnostic"},
    }


def _settings(topics: Topics, features: Features) -> dict[str, Component]:
    wake, barge_in = Level.WAKE_SENSITIVITY, Level.BARGE_IN_SENSITIVITY
    settings = {
        "mute": _switch(topics, "mute", "Mute", "mdi:microphone-off"),
        "follow_up": _switch(topics, "follow_up", "Follow-up", "mdi:forum"),
        "volume": _level(topics, Level.VOLUME, "Volume", "mdi:volume-high"),
        "wake_sensitivity": _level(topics, wake, "Wake sensitivity", "mdi:ear-hearing"),
        "barge_in_sensitivity": _level(
            topics, barge_in, "Barge-in sensitivity", "mdi:account-tie-voice"
        ),
        "barge_in": _select(
            topics,
            "barge_in",
            "Barge-in",
            "mdi:hand-front-right",
            tuple(mode.value for mode in BargeIn),
        ),
        "voice": _select(
            topics, "voice", "Voice", "mdi:account-voice", (DEFAULT_VOICE, *features.voices)
        ),
    }
    if features.languages:
        language = _select(topics, "language", "Language", "mdi:translate", features.languages)
        settings["language"] = language
    return settings


def _times(topics: Topics) -> dict[str, Component]:
    return {
        "next_alarm": {
            "platform": "sensor",
            "name": "Next alarm",
            "icon": "mdi:alarm",
            "device_class": "timestamp",
            "state_topic": topics.next_alarm,
        },
        "timers": {
            "platform": "sensor",
            "name": "Timers",
            "icon": "mdi:timer-outline",
            "state_topic": topics.timers,
            "value_template": "{{ value_json | count }}",
            "json_attributes_topic": topics.timers,
            "json_attributes_template": _TIMERS_AS_ATTRIBUTES,
        },
    }


def _diagnostics(topics: Topics) -> dict[str, Component]:
    return {
        "latency_p50": _latency(topics, "p50", "Latency p50"),
        "latency_p95": _latency(topics, "p95", "Latency p95"),
        "microphone": {
            "platform": "binary_sensor",
            "name": "Microphone problem",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "state_topic": topics.health,
            "value_template": _MICROPHONE,
        },
        "problem": {
            "platform": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "state_topic": topics.health,
            "value_template": _PROBLEM,
            "json_attributes_topic": topics.health,
        },
        "update": {
            "platform": "update",
            "name": "Firmware",
            "device_class": "firmware",
            "entity_category": "diagnostic",
            "state_topic": topics.update,
            "command_topic": topics.command("update"),
            "payload_install": "install",
        },
    }


def _temperature(topics: Topics) -> Component:
    return {
        "platform": "sensor",
        "name": "Temperature",
        "device_class": "temperature",
        "state_class": "measurement",
        "unit_of_measurement": "°C",
        "suggested_display_precision": 0,
        "entity_category": "diagnostic",
        "state_topic": topics.health,
        "value_template": _CELSIUS,
    }


def _light(topics: Topics, features: Features) -> Component:
    return {
        "platform": "light",
        "schema": "json",
        "name": "Light",
        "icon": "mdi:led-strip-variant",
        "entity_category": "config",
        "state_topic": topics.light,
        "command_topic": topics.command("light"),
        "supported_color_modes": ["rgb"],
        "brightness": True,
        "effect": True,
        "effect_list": [NO_EFFECT, *features.effects],
        "flash": False,
        "transition": False,
    }


def _notify(topics: Topics, name: str, label: str, icon: str) -> Component:
    return {
        "platform": "notify",
        "name": label,
        "icon": icon,
        "command_topic": topics.command(name),
    }


def _press(topics: Topics, name: str, label: str, icon: str) -> Component:
    return {
        "platform": "button",
        "name": label,
        "icon": icon,
        "command_topic": topics.command(name),
        "payload_press": "PRESS",
    }


def _switch(topics: Topics, name: str, label: str, icon: str) -> Component:
    return _setting(topics, "switch", name, label, icon)


def _select(
    topics: Topics, name: str, label: str, icon: str, options: tuple[str, ...]
) -> Component:
    return {**_setting(topics, "select", name, label, icon), "options": list(options)}


def _level(topics: Topics, level: Level, label: str, icon: str) -> Component:
    return {
        **_setting(topics, "number", level.value, label, icon),
        "min": 0,
        "max": 100,
        "step": 1,
        "mode": "slider",
        "unit_of_measurement": "%",
        "value_template": _TO_PERCENT,
        "command_template": _FROM_PERCENT,
    }


def _setting(topics: Topics, platform: str, name: str, label: str, icon: str) -> Component:
    return {
        "platform": platform,
        "name": label,
        "icon": icon,
        "entity_category": "config",
        "state_topic": topics.setting(name),
        "command_topic": topics.command(name),
    }


def _latency(topics: Topics, part: str, label: str) -> Component:
    return {
        "platform": "sensor",
        "name": label,
        "icon": "mdi:timer-sand",
        "device_class": "duration",
        "state_class": "measurement",
        "unit_of_measurement": "ms",
        "suggested_display_precision": 0,
        "entity_category": "diagnostic",
        "state_topic": topics.latency,
        "value_template": f"{{{{ value_json.{part} }}}}",
    }
