"""Which things in the home a recognised sentence means."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from device.dialog.intents import SPEAKER_INTENTS, SUPPORTED
from device.types import Domain, Entity, Intent

_WAYS_IN = frozenset({"garage", "garage_door", "gate", "door"})
"""Device classes of covers through which people come in."""


def same_name(one: str, other: str) -> bool:
    """Compare room and floor names as people say them."""
    return one.casefold().strip() == other.casefold().strip()


def find_targets(
    intent: str, slots: Mapping[str, Any], entities: Sequence[Entity]
) -> tuple[Entity, ...]:
    """Everything in the home that a sentence without a name is about; empty: nothing fits."""
    domains = _domains(intent, slots)
    if not domains:
        return ()
    return tuple(
        entity
        for entity in entities
        if (entity.domain in domains or _measures(intent, entity)) and _fits(entity, slots)
    )


def choose_named(
    candidates: Iterable[Entity], slots: Mapping[str, Any], speaker_area: str
) -> tuple[Entity, ...]:
    """Narrow several things of one name down by the room that was said, else the speaker's own."""
    once = {entity.id: entity for entity in candidates}
    placed = tuple(entity for entity in once.values() if _fits(entity, slots))
    if len(placed) < 2 or not speaker_area:
        return placed
    near = tuple(entity for entity in placed if same_name(entity.area, speaker_area))
    return near or placed


def needs_confirmation(
    intent: Intent, targets: Sequence[Entity], ways_in: Collection[str] = ()
) -> tuple[Entity, ...]:
    """Those of the targets that would let somebody in; they are moved only after a yes.

    Of what kind a cover is not everybody tells: then `ways_in`, parts of names, tell it.
    """
    slots = intent.slots
    opens = intent.name == "HassTurnOn" or (
        intent.name == "HassSetPosition" and slots.get("position") != 0
    )
    return tuple(
        entity
        for entity in targets
        if (intent.name == "HassTurnOff" and entity.domain is Domain.LOCK)
        or (opens and entity.domain is Domain.COVER and _is_way_in(entity, ways_in))
    )


def is_about_another_player(intent: Intent, room: str) -> bool:
    """Whether "louder" means another player than this speaker, which stands in `room`."""
    if intent.name not in SPEAKER_INTENTS:
        return False
    slots = intent.slots
    elsewhere = "area" in slots and not same_name(str(slots["area"]), room)
    return "name" in slots or "floor" in slots or elsewhere


def _is_way_in(cover: Entity, ways_in: Collection[str]) -> bool:
    if kind := _class_of(cover):
        return kind in _WAYS_IN
    names = [f" {name.casefold()} " for name in (cover.name, *cover.aliases)]
    return any(part in name for part in ways_in for name in names)


def _class_of(entity: Entity) -> str:
    return entity.attributes.get("device_class", "")


def _measures(intent: str, entity: Entity) -> bool:
    """A thermometer knows how warm it is as well as a thermostat."""
    is_thermometer = _class_of(entity) == "temperature"
    return intent == "HassClimateGetTemperature" and is_thermometer


def _domains(intent: str, slots: Mapping[str, Any]) -> frozenset[str]:
    domain = slots.get("domain")
    if isinstance(domain, str):
        return frozenset({domain})
    if isinstance(domain, (list, tuple)):
        return frozenset(domain)
    return frozenset(SUPPORTED.get(intent, frozenset()))


def _fits(entity: Entity, slots: Mapping[str, Any]) -> bool:
    for slot, actual in (("area", entity.area), ("floor", entity.floor)):
        if slots.get(slot) and not same_name(str(slots[slot]), actual):
            return False
    wanted = slots.get("device_class")
    if wanted is None:
        return True
    actual = _class_of(entity)
    return actual in wanted if isinstance(wanted, (list, tuple)) else actual == wanted
