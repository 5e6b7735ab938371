"""Reads the messages with which devices announce themselves to Home Assistant. Pure.

    PREFIX/device/[NODE/]ID/config       one device with its components
    PREFIX/COMPONENT/[NODE/]ID/config    a single component

JSON with long or abbreviated names; `~` at either end of a topic stands for the base topic; an
empty payload takes the announcement back (home-assistant.io, MQTT discovery).
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from device.errors import HomeError
from device.home.base import Device
from device.home.entities import slug
from device.home.options import Options, spoken_name
from device.home.value_templates import parse_json
from device.home.wiring import PLATFORMS, wire_announced
from device.types import Domain, Entity

MAXIMUM_ANNOUNCEMENT: Final = 262_144
"""Characters; a longer message is refused."""
_MAXIMUM_COMPONENTS: Final = 500
_OURS: Final = "parlor"
_ABBREVIATED: Final[dict[str, dict[str, str]]] = tomllib.loads(
    (resources.files("device.home") / "abbreviations.toml").read_text(encoding="utf-8")
)
_CALLED_LIKE_THE_DEVICE: Final = frozenset(
    {
        *("door", "window", "garage_door", "opening", "lock", "gate"),
        *("motion", "occupancy", "presence"),
    }
)
"""Classes of binary sensors that people call by the name of the device."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that announced itself."""

    device: Device
    """Its id and area are proposals."""
    marks: frozenset[str] = frozenset()
    """Identifiers of the hardware: the same device told in two ways has the same."""
    unique_id: str = ""
    """The same thing announced twice has the same; empty: it has none."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What one message says."""

    found: tuple[Found, ...] = ()
    refused: tuple[str, ...] = ()
    """Why something in it cannot be used, one sentence each."""


def discovery_filters(prefix: str) -> tuple[str, ...]:
    """Where announcements come."""
    return (f"{prefix}/+/+/config", f"{prefix}/+/+/+/config")


def read_announcement(topic: str, payload: str, prefix: str) -> Announcement:
    """Everything in one message that can be spoken about; never raises on any payload."""
    component = topic.removeprefix(f"{prefix}/").split("/")[0]
    if not payload:
        return Announcement()
    if len(payload) > MAXIMUM_ANNOUNCEMENT:
        return Announcement(refused=(f"{topic}: {len(payload)} characters are too many",))
    message = parse_json(payload)
    if not isinstance(message, dict):
        return Announcement(refused=(f"{topic}: the payload is no JSON object",))
    if message.get("migrate_discovery") is True:
        return Announcement()
    found: list[Found] = []
    refused: list[str] = []
    for options in _components(component, _long(message, "options")):
        try:
            if (one := _read(options)) is not None:
                found.append(one)
        except HomeError as error:
            refused.append(f"{topic}: {error}")
    return Announcement(tuple(found), tuple(refused))


def _components(component: str, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Options of each component, with those that the whole message shares."""
    if component != "device":
        yield _based({**message, "platform": component})
        return
    parts = message.get("components")
    shared = {key: value for key, value in message.items() if key != "components"}
    for part in list(parts.values() if isinstance(parts, dict) else ())[:_MAXIMUM_COMPONENTS]:
        if isinstance(part, dict):
            own = {key: value for key, value in _long(part, "options").items()
                   if key not in ("device", "origin")}  # fmt: skip
            # An update with nothing but the platform removes the component.
            if own.keys() - {"platform"}:
                yield _based({**shared, **own})


def _long(values: Mapping[str, Any], table: str) -> dict[str, Any]:
    names = _ABBREVIATED[table]
    return {names.get(key, key): value for key, value in values.items()}


def _based(options: dict[str, Any]) -> dict[str, Any]:
    base = options.get("~")
    if not isinstance(base, str):
        return options
    return {
        key: _expanded(value, base) if key.endswith("topic") and isinstance(value, str) else value
        for key, value in options.items()
    }


def _expanded(topic: str, base: str) -> str:
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


def _read(values: dict[str, Any]) -> Found | None:
    """One component; None for what nobody speaks about. Raises HomeError."""
    platform = values.get("platform")
    options = Options(values)
    if platform not in PLATFORMS or _is_ours(values):
        return None
    if "entity_category" in options or not options.flag("enabled_by_default", otherwise=True):
        return None
    domain = Domain(platform)
    about = values.get("device")
    hardware = _long(about, "device") if isinstance(about, dict) else {}
    entity = _entity(domain, options, Options(hardware))
    marks = frozenset(Options(hardware).texts("identifiers"))
    return Found(wire_announced(entity, options), marks, options.text("unique_id"))


def _is_ours(values: Mapping[str, Any]) -> bool:
    origin = values.get("origin")
    name = origin.get("name") if isinstance(origin, dict) else None
    if isinstance(name, str) and name.casefold().startswith(_OURS):
        return True
    return any(
        isinstance(value, str) and key.endswith("topic") and value.startswith(f"{_OURS}/")
        for key, value in values.items()
    )


def _entity(domain: Domain, options: Options, hardware: Options) -> Entity:
    device_name = spoken_name(hardware.text("name"))
    own_name = spoken_name(options.text("name"))
    kind = options.text("device_class")
    name = _full_name(device_name, own_name or kind.replace("_", " ") * (domain in _MEASURING))
    if not name:
        raise HomeError(f"a {domain} has no name")
    # A single word such as "light" would catch sentences that name nothing.
    aliases = [own_name] if " " in own_name and domain not in _MEASURING else []
    if domain is Domain.BINARY_SENSOR and kind in _CALLED_LIKE_THE_DEVICE:
        aliases.append(device_name)
    return Entity(
        id=_proposed_id(domain, options, name),
        name=name,
        domain=domain,
        area=spoken_name(hardware.text("suggested_area")),
        aliases=tuple(alias for alias in dict.fromkeys(aliases) if alias and alias != name),
        attributes={"device_class": kind} if kind else {},
    )


_MEASURING: Final = frozenset({Domain.SENSOR, Domain.BINARY_SENSOR})


def _full_name(device_name: str, own_name: str) -> str:
    """The device's name before the component's, as Home Assistant joins them."""
    if own_name.casefold().startswith(device_name.casefold()):
        return own_name or device_name
    return f"{device_name} {own_name}".strip()


def _proposed_id(domain: Domain, options: Options, name: str) -> str:
    wanted = options.text("default_entity_id") or options.text("object_id")
    return f"{domain}.{slug(wanted.removeprefix(f'{domain}.') or name)}"
