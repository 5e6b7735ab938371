"""How the speaker announces itself to Home Assistant. Pure.

One retained message on `<prefix>/device/parlor/<device_id>/config` describes the device and all
its components (`device.mqtt.components`); topics are written out and nothing is abbreviated. The
middle level is always parlor, so that a broker can keep speakers to entries of their own.
Source: Home Assistant, MQTT integration, device discovery.
"""

import json
import re
from typing import Any, Final

from device.config import DeviceConfig
from device.mqtt.components import Component, components
from device.mqtt.requests import Features
from device.mqtt.topics import Topics

SUPPORT_URL: Final = "https://pypi.org/project/parlor-speaker/"
MAX_KNOWN: Final = 100
"""Components of an earlier announcement that are looked at."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


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
    found = components(topics, features)
    return {
        "device": device | ({"suggested_area": about.area} if about.area else {}),
        "origin": {"name": "Parlor", "sw_version": version, "support_url": SUPPORT_URL},
        "availability": [{"topic": topics.availability}],
        "components": {id: _identified(about.id, id, one) for id, one in found.items()},
    }


def known_components(payload: str) -> dict[str, str]:
    """Platform by component id, as an earlier announcement had them; empty if it is none."""
    try:
        announced = list(json.loads(payload)["components"].items())
        found = {id: one["platform"] for id, one in announced[:MAX_KNOWN]}
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


def _identified(device_id: str, component_id: str, component: Component) -> Component:
    """A component with the names that Home Assistant finds it again by."""
    name = f"{device_id}_{component_id}"
    entity = f"{component['platform']}.{name.replace('-', '_')}"
    return {**component, "qos": 1, "unique_id": f"parlor_{name}", "default_entity_id": entity}
