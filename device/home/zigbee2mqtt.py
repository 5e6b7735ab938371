"""Reads zigbee2mqtt's lists of devices and groups. Pure.

`BASE/bridge/devices` and `BASE/bridge/groups` are retained JSON lists; a device's `exposes` tell
what it can do (zigbee2mqtt.io, MQTT topics and messages; exposes). Every device takes JSON on
`BASE/NAME/set` and reports JSON on `BASE/NAME`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from device.errors import HomeError
from device.home.base import Command, Device, Report
from device.home.discovery import Announcement, Found
from device.home.entities import slug
from device.home.exposes import Feature, measurement, wire_exposed
from device.home.options import checked_topic, spoken_name
from device.home.value_templates import parse_json
from device.types import Domain, Entity

MAXIMUM_LIST: Final = 16_777_216
"""Characters; some two thousand devices."""
_UNNAMED: Final = re.compile(r"0x[0-9a-f]{16}")
_ENDPOINT: Final = re.compile(r"l(\d)")
_LIGHT: Final = (
    Feature({"type": "binary", "property": "state", "value_on": "ON", "value_off": "OFF"}),
    Feature({"type": "numeric", "property": "brightness", "value_max": 254}),
)
"""What every group of lights can do."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one device or group is on the broker, and what it is called."""

    topic: str
    name: str
    mark: str


def list_topics(base: str) -> tuple[str, str]:
    """Topics of the lists of devices and of groups."""
    return f"{base}/bridge/devices", f"{base}/bridge/groups"


def is_unnamed(name: str) -> bool:
    """Whether a name is a hardware address: nobody has given the device one yet."""
    return _UNNAMED.match(name) is not None


def read_lists(devices: str, groups: str, base: str) -> Announcement:
    """Everything in both lists that can be spoken about; never raises on any payload."""
    found: list[Found] = []
    refused: list[str] = []
    lights: set[str] = set()
    for about in _entries(devices, refused):
        try:
            things = tuple(_device(about, base))
        except HomeError as error:
            refused.append(f"{base}: {error}")
            continue
        found.extend(things)
        if any(thing.device.entity.domain is Domain.LIGHT for thing in things):
            lights.add(str(about.get("ieee_address")))
    for about in _entries(groups, refused):
        try:
            found.extend(_group(about, base, lights))
        except HomeError as error:
            refused.append(f"{base}: {error}")
    return Announcement(tuple(found), tuple(refused))


def _entries(payload: str, refused: list[str]) -> Iterator[Mapping[str, Any]]:
    if not payload:
        return
    entries = parse_json(payload) if len(payload) <= MAXIMUM_LIST else None
    if not isinstance(entries, list):
        refused.append("zigbee2mqtt: a list of the bridge is none")
        return
    yield from (entry for entry in entries if isinstance(entry, dict))


def _device(about: Mapping[str, Any], base: str) -> Iterator[Found]:
    if about.get("type") == "Coordinator" or about.get("disabled") is True:
        return
    definition = about.get("definition")
    exposes = definition.get("exposes") if isinstance(definition, dict) else None
    place = _place(about, base, str(about.get("ieee_address")))
    for expose in exposes if isinstance(exposes, list) else ():
        if isinstance(expose, dict) and (device := _exposed(place, expose)) is not None:
            yield Found(device, frozenset({place.mark}))


def _group(about: Mapping[str, Any], base: str, lights: set[str]) -> Iterator[Found]:
    members = about.get("members")
    listed = members if isinstance(members, list) else []
    addresses = [one.get("ieee_address") for one in listed if isinstance(one, dict)]
    if addresses and lights.issuperset(map(str, addresses)):
        place = _place(about, base, "")
        yield Found(_wired(place, Domain.LIGHT, place.name, _LIGHT))


def _place(about: Mapping[str, Any], base: str, address: str) -> _Place:
    name = about.get("friendly_name")
    if not isinstance(name, str) or not name:
        raise HomeError("a device has no friendly_name")
    topic = checked_topic(f"{base}/{name}")
    return _Place(topic, spoken_name(name), address)


def _exposed(place: _Place, expose: Mapping[str, Any]) -> Device | None:
    features, kind = expose.get("features"), expose.get("type")
    if isinstance(features, list) and kind in _CONTROLLABLE:
        endpoint = expose.get("endpoint")
        name = f"{place.name} {_spoken_endpoint(endpoint)}" if endpoint else place.name
        own = [Feature(feature) for feature in features if isinstance(feature, dict)]
        if kind in ("lock", "switch") and not any(one.key.startswith("state") for one in own):
            return None  # a setting, such as a thermostat's child lock
        return _wired(place, Domain(kind), name, own)
    if isinstance(features, list) or expose.get("category"):
        return None
    return _measured(place, Feature(expose))


_CONTROLLABLE: Final = frozenset({"light", "switch", "cover", "lock", "climate", "fan"})


def _spoken_endpoint(endpoint: object) -> str:
    """left, right; l1 is said 1."""
    text = spoken_name(str(endpoint))
    return _ENDPOINT.sub(r"\1", text) if _ENDPOINT.fullmatch(text) else text


def _wired(place: _Place, domain: Domain, name: str, features: Sequence[Feature]) -> Device:
    entity = Entity(f"{domain}.{slug(name)}", name, domain)
    wiring = wire_exposed(domain, features)
    commands = {
        service: Command(
            f"{place.topic}/set",
            one.payload,
            Report(place.topic, one.key),
            one.expected,
        )
        for service, one in wiring.commands.items()
    }
    readings = {name: Report(place.topic, key) for name, key in wiring.readings.items()}
    report = Report(place.topic, wiring.key) if wiring.key else Report()
    return Device(entity, commands, report, words=wiring.words, readings=readings)


def _measured(place: _Place, feature: Feature) -> Device | None:
    known = measurement(feature)
    if known is None:
        return None
    domain, kind = known
    name = f"{place.name} {spoken_name(feature.label)}"
    # "Is the front door open?" asks for the sensor by the name of its device.
    aliases = (place.name,) if domain is Domain.BINARY_SENSOR else ()
    entity = Entity(
        f"{domain}.{slug(name)}", name, domain, aliases=aliases, attributes={"device_class": kind}
    )
    words = feature.words if domain is Domain.BINARY_SENSOR else {}
    return Device(entity, {}, Report(place.topic, feature.key), feature.unit, words)
