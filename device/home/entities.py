"""The things in the home, as the configuration names them."""

import json
import re
from collections.abc import Iterable, Sequence

from device.config import EntityConfig
from device.errors import ConfigError, HomeError
from device.home.base import Command, Device, Report
from device.home.presets import CONFIRMED_BY_PAYLOAD, PLAIN_PAYLOADS, wire
from device.home.services import SERVICES, VALUES, is_value, placeholders
from device.home.value_templates import check_template, is_template
from device.types import Entity


def load_devices(configured: Sequence[EntityConfig]) -> tuple[Device, ...]:
    """Wire every entity; raises ConfigError that lists every mistake."""
    ids = _ids(configured)
    mistakes = [*_twice(configured, ids), *_payload_mistakes(configured)]
    if mistakes:
        raise ConfigError("[[home.entity]]: " + "; ".join(mistakes))
    return tuple(_device(one, entity_id) for one, entity_id in zip(configured, ids, strict=True))


def slug(text: str) -> str:
    """Lower-case words joined by underscores, as object ids are written."""
    return re.sub(r"\W+", "_", text.casefold()).strip("_") or "unnamed"


def _device(one: EntityConfig, entity_id: str) -> Device:
    attributes = {"device_class": one.device_class} if one.device_class else {}
    entity = Entity(entity_id, one.name, one.domain, one.area, one.floor, one.aliases, attributes)
    commands, report = _preset(one)
    report = Report(one.state_topic, one.value_key) if one.state_topic else report
    return Device(entity, _with_own(one, commands, report), report, one.unit)


def _preset(one: EntityConfig) -> tuple[dict[str, Command], Report]:
    if not one.preset:
        return {}, Report()
    topic = one.topic or (one.name if one.preset == "zigbee2mqtt" else slug(one.name))
    if one.preset == "esphome" and "/" not in topic:
        topic = f"{topic}/{slug(one.name)}"
    commands, report = wire(one.preset, one.domain, topic)
    return commands, Report(report.topic, one.value_key or report.key)


def _with_own(one: EntityConfig, preset: dict[str, Command], report: Report) -> dict[str, Command]:
    """The preset's commands, replaced and completed by topics and payloads of the entity's own."""
    topic = one.command_topic or (f"{one.topic}/set" if one.topic and not one.preset else "")
    plain = PLAIN_PAYLOADS.get(one.domain, {}) if topic and not preset else {}
    commands = dict(preset)
    for service, payload in {**plain, **one.payloads}.items():
        target = topic or (preset[service].topic if service in preset else "")
        if target:
            expected = _expected(one, service, payload, report)
            commands[service] = Command(target, payload, report, expected)
    if topic:
        moved = commands.keys() - one.payloads.keys() - plain.keys()
        for service in moved:
            old = commands[service]
            commands[service] = Command(topic, old.payload, old.report, old.expected)
    return commands


def _expected(one: EntityConfig, service: str, payload: str, report: Report) -> str:
    """What a device with payloads of its own reports when it obeyed; empty: nobody can tell."""
    try:
        body = json.loads(payload)
    except ValueError:
        body = payload
    if isinstance(body, dict):
        value = body.get(report.key)
        return str(value) if isinstance(value, (str, int, float)) else ""
    usual = PLAIN_PAYLOADS.get(one.domain, {}).get(service)
    return payload if service in CONFIRMED_BY_PAYLOAD and payload == usual else ""


def _ids(configured: Sequence[EntityConfig]) -> list[str]:
    """The configured id, else made from the name, with the room where names repeat."""
    plain = [f"{one.domain}.{slug(one.name)}" for one in configured]
    return [
        one.id
        or (f"{one.domain}.{slug(f'{one.area} {one.name}')}" if plain.count(made) > 1 else made)
        for one, made in zip(configured, plain, strict=True)
    ]


def _twice(configured: Sequence[EntityConfig], ids: Sequence[str]) -> Iterable[str]:
    for index, one in enumerate(configured):
        for other_index in range(index):
            other = configured[other_index]
            if name := _clash(one, other):
                yield (
                    f"{name!r} is named twice, by {ids[other_index]} and {ids[index]}"
                    f"{_place(one)}; give one of them another name, or different areas"
                )
            elif ids[index] == ids[other_index]:
                yield f"{other.name!r} and {one.name!r} have the same id {ids[index]!r}"


def _clash(one: EntityConfig, other: EntityConfig) -> str:
    """A name that both answer to, where no room tells them apart."""
    if one.area and other.area and one.area.casefold() != other.area.casefold():
        return ""
    names = {name.casefold(): name for name in (one.name, *one.aliases)}
    shared = names.keys() & {name.casefold() for name in (other.name, *other.aliases)}
    return names[min(shared)] if shared else ""


def _place(one: EntityConfig) -> str:
    return f" in {one.area}" if one.area else ""


def _payload_mistakes(configured: Sequence[EntityConfig]) -> Iterable[str]:
    for one in configured:
        if not one.name.strip():
            yield f"an entity of domain {one.domain} has an empty name"
        if "{" in one.name:
            yield f"{one.name!r} has a brace in its name"
        if is_template(one.value_key):
            try:
                check_template(one.value_key)
            except HomeError as error:
                yield f"{one.name!r}: {error}"
        for service, payload in one.payloads.items():
            if service not in SERVICES:
                yield f"{one.name!r} has a payload for {service!r}; known: {_list(SERVICES)}"
            for value in sorted(name for name in placeholders(payload) if not is_value(name)):
                yield f"{one.name!r} names {{{value}}} in a payload; known: {_list(VALUES)}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
