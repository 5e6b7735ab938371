"""How the speaker announces itself to Home Assistant. Pure.

One retained message on `<prefix>/device/parlor/<device_id>/config` describes the device and all
its components; topics are written out and nothing is abbreviated. The id of a component never
changes its meaning. Source: Home Assistant, MQTT integration, device discovery.
"""

import json
import re
from typing import Any, Final

from device.config import DeviceConfig
from device.events import TurnState
from device.mqtt.commands import Level
from device.mqtt.requests import Features
from device.mqtt.telling import EVENT_TYPES, GESTURES
from device.mqtt.topics import DEFAULT_VOICE, NO_EFFECT, Topics

Component = dict[str, Any]

SUPPORT_URL: Final = "https://pypi.org/project/parlor-speaker/"
MAX_KNOWN: Final = 100
"""Components of an earlier announcement that are looked at."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TO_PERCENT = "{{ (value | float(0) * 100) | round | int }}"
_FROM_PERCENT = "{{ value / 100 }}"
_TIMERS_AS_ATTRIBUTES = "{{ {'timers': value_json} | tojson }}"
_MICROPHONE = (
    "{{ 'OFF' if value_json.get('microphone', {}).get('healthy', true) else 'ON' }}"
)  # fmt: skip
_CELSIUS = "{{ value_json.get('temperature', {}).get('celsius', 'None') }}"


def config_topic(prefix: str, device_id: str) -> str:
    """Where the speaker announces itself."""
    return f"{prefix}/device/parlor/{device_id}/config"


def device_config(about: DeviceConfig, features: Features, version: str) -> dict[str, Any]:
    """The announcement."""
    topics = Topics(about.id)
    device = {
        "identifiers": [f"parlor_{about.id}"],
        "name": about.name,
        "manufacturer": "Parlor",
        "model": "Parlor smart speaker",
        "sw_version": version,
    }
    components = {
        **_talk(topics),
        **_settings(topics, features),
        **_times(topics),
        **_diagnostics(topics),
    }
    if features.lights:
        components["light"] = _light(topics, features)
    if features.temperature:
        components["temperature"] = _temperature(topics)
    return {
        "device": device | ({"suggested_area": about.area} if about.area else {}),
        "origin": {"name": "Parlor", "sw_version": version, "support_url": SUPPORT_URL},
        "availability": [{"topic": topics.availability}],
        "components": {id: _identified(about.id, id, one) for id, one in components.items()},
    }


def known_components(payload: str) -> dict[str, str]:
    """Platform by component id, as an earlier announcement had them; empty if it is none."""
    try:
        components = json.loads(payload)["components"]
        found = {id: one["platform"] for id, one in list(components.items())[:MAX_KNOWN]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {id: platform for id, platform in found.items()
            if isinstance(platform, str) and _NAME.fullmatch(platform) and _NAME.fullmatch(id)
            }  # fmt: skip


def gone_components(known: dict[str, str], config: dict[str, Any]) -> dict[str, str]:
    """Which of the known components are not in the announcement any more, or are other ones."""
    now = config["components"]
    return {id: platform for id, platform in known.items()
            if now.get(id, {}).get("platform") != platform}  # fmt: skip


def removal(gone: dict[str, str], config: dict[str, Any]) -> dict[str, Any]:
    """The announcement that removes components; the one without them is to follow it."""
    removed = {id: {"platform": platform} for id, platform in gone.items()}
    kept = {id: one for id, one in config["components"].items() if id not in gone}
    return {**config, "components": {**removed, **kept}}


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


def _identified(device_id: str, component_id: str, component: Component) -> Component:
    """A component with the names that Home Assistant finds it again by."""
    name = f"{device_id}_{component_id}"
    entity = f"{component['platform']}.{name.replace('-', '_')}"
    return {**component, "qos": 1, "unique_id": f"parlor_{name}", "default_entity_id": entity}
