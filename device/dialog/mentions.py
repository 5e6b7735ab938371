"""Sentences that say neither what nor where: "turn it off", "the other one", "and in the kitchen".

Pure. What they mean follows from the things in the home that were spoken of last. Where that is
not clear nothing is meant: the wrong thing must never move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from device.dialog.base import Mention, Recognition
from device.dialog.intents import ELSEWHERE, HOME_INTENTS, QUERY_INTENTS
from device.dialog.relative import RELATIVE, StateOf, brightness, temperature
from device.dialog.targets import choose_named, find_targets, same_name
from device.types import Domain, Entity, Intent

_SWITCHED: Final = frozenset(
    {Domain.LIGHT, Domain.SWITCH, Domain.FAN, Domain.MEDIA_PLAYER, Domain.CLIMATE}
)
_COVERS, _LOCKS = frozenset({Domain.COVER}), frozenset({Domain.LOCK})
_PLAYERS, _LIGHTS = frozenset({Domain.MEDIA_PLAYER}), frozenset({Domain.LIGHT})
_DOING: Final[Mapping[str, tuple[str, frozenset[Domain]]]] = {
    "on": ("HassTurnOn", _SWITCHED),
    "off": ("HassTurnOff", _SWITCHED),
    "open": ("HassTurnOn", _COVERS),
    "close": ("HassTurnOff", _COVERS),
    "lock": ("HassTurnOn", _LOCKS),
    "unlock": ("HassTurnOff", _LOCKS),
    # Some languages have one word for both.
    "on_or_open": ("HassTurnOn", _SWITCHED | _COVERS),
    "off_or_close": ("HassTurnOff", _SWITCHED | _COVERS),
    "pause": ("HassMediaPause", _PLAYERS),
    "resume": ("HassMediaUnpause", _PLAYERS),
}
"""Intent and kinds of things by what is to be done."""
_PERCENT: Final = {
    Domain.LIGHT: ("HassLightSet", "brightness"),
    Domain.COVER: ("HassSetPosition", "position"),
    Domain.FAN: ("HassFanSetSpeed", "percentage"),
}
_STATES: Final = {
    "on": _SWITCHED, "off": _SWITCHED, "open": _COVERS, "closed": _COVERS,
    "locked": _LOCKS, "unlocked": _LOCKS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unclear:
    """What is meant cannot be told."""

    phrase: str = "refer_unclear"
    """Key of the phrase that says so."""


def resolve(
    said: Recognition, mention: Mention | None, home: Sequence[Entity], state_of: StateOf
) -> Recognition | Unclear:
    """What a sentence of IT or ELSEWHERE means, with targets or candidates as any other sentence.

    Where a room is named in which nothing fits it has neither.
    """
    known = {entity.id for entity in home}
    if mention is None or not all(one.id in known for one in mention.said.targets):
        return Unclear()
    if said.intent.name == ELSEWHERE:
        return _elsewhere(said, mention.said, home)
    things = _other(mention, home) if "which" in said.intent.slots else mention.said.targets
    meant = _done_to(said, mention.said, things, state_of)
    if isinstance(meant, Unclear) or len(meant.targets) < 2 or "which" not in said.intent.slots:
        return meant
    one = _done_to(said, mention.said, meant.targets[:1], state_of)
    return one if isinstance(one, Unclear) else replace(one, targets=(), candidates=meant.targets)


def together(mentions: Sequence[Mention]) -> Mention | None:
    """All that was spoken of at once; None when different things were done."""
    if len({mention.said.intent.name for mention in mentions}) != 1:
        return None
    (first, *others) = mentions
    if not others:
        return first
    targets = tuple({one.id: one for mention in mentions for one in mention.said.targets}.values())
    slots = {key: value for key, value in first.said.intent.slots.items() if key != "name"}
    slots["entity_id"] = [one.id for one in targets]
    intent = Intent(first.said.intent.name, slots)
    return Mention(replace(first.said, intent=intent, targets=targets))


def stays_itself(said: Recognition) -> bool:
    """Whether a sentence means something else when it is said again."""
    return said.intent.slots.get("do") in RELATIVE


def _other(mention: Mention, home: Sequence[Entity]) -> tuple[Entity, ...]:
    """What "the other one" can be.

    What was to be chosen from, else what is like it in its room, else what has its name, else the
    only one at home that is like it. Of many things none is the other one.
    """
    if len(mention.said.targets) != 1:
        return ()
    (one,) = mention.said.targets
    alike = _without(one, home)
    chosen_from = _without(one, mention.others)
    beside = [entity for entity in alike if _is_beside(one, entity)]
    namesakes = [entity for entity in alike if same_name(entity.name, one.name)]
    return tuple(chosen_from or beside or namesakes or (alike if len(alike) == 1 else ()))


def _without(one: Entity, things: Sequence[Entity]) -> list[Entity]:
    return [entity for entity in things if entity.id != one.id and _is_like(one, entity)]


def _is_like(one: Entity, other: Entity) -> bool:
    """Whether they are of one kind: what opens a blind must not open the garage."""
    kinds = [entity.attributes.get("device_class") for entity in (one, other)]
    return one.domain is other.domain and kinds[0] == kinds[1]


def _is_beside(one: Entity, other: Entity) -> bool:
    return bool(one.area) and same_name(one.area, other.area)


def _done_to(
    said: Recognition, before: Recognition, things: Sequence[Entity], state_of: StateOf
) -> Recognition | Unclear:
    """What is to be done to these things, or asked of them; Unclear when none of them can."""
    meant = _read(said, before, things, state_of)
    return meant if isinstance(meant, Unclear) or meant.targets else Unclear()


def _read(
    said: Recognition, before: Recognition, things: Sequence[Entity], state_of: StateOf
) -> Recognition | Unclear:
    slots = said.intent.slots
    do = str(slots.get("do", ""))
    if do in _DOING:
        name, domains = _DOING[do]
        return _meant(said, name, {}, _of(things, domains))
    if do in RELATIVE:
        return _changed(said, before, _of(things, frozenset({RELATIVE[do]})), state_of)
    if "state" in slots:
        asked = _of(things, _STATES.get(slots["state"], frozenset()))[:1]
        return _meant(said, "HassGetState", {"state": slots["state"]}, asked, "one_yesno")
    if "percent" in slots:
        return _set_to(said, slots["percent"], things)
    if "color" in slots:
        return _meant(
            said, "HassLightSet", {"color": slots["color"]}, _of(things, _LIGHTS), "color"
        )
    if "degrees" in slots:
        thermostats = _of(things, frozenset({Domain.CLIMATE}))
        values = {"temperature": slots["degrees"]}
        return _meant(said, "HassClimateSetTemperature", values, thermostats, "default")
    return _same(said, before, tuple(things))


def _of(things: Sequence[Entity], domains: frozenset[Domain]) -> tuple[Entity, ...]:
    return tuple(entity for entity in things if entity.domain in domains)


def _set_to(said: Recognition, percent: Any, things: Sequence[Entity]) -> Recognition | Unclear:
    for domain, (name, slot) in _PERCENT.items():
        if fitting := _of(things, frozenset({domain})):
            key = slot if slot == "brightness" else "default"
            return _meant(said, name, {slot: percent}, fitting, key)
    return Unclear()


def _changed(
    said: Recognition, before: Recognition, things: tuple[Entity, ...], state_of: StateOf
) -> Recognition | Unclear:
    """These, brighter or warmer."""
    do = said.intent.slots["do"]
    if not things:
        return Unclear()
    if RELATIVE[do] is Domain.LIGHT:
        level = brightness(do, before, things, state_of)
        if level is None:
            return Unclear("refer_brightness")
        return _meant(said, "HassLightSet", {"brightness": level}, things, "brightness")
    degrees = temperature(do, before, things, state_of)
    if degrees is None:
        return Unclear("refer_temperature")
    return _meant(said, "HassClimateSetTemperature", {"temperature": degrees}, things, "default")


def _elsewhere(
    said: Recognition, before: Recognition, home: Sequence[Entity]
) -> Recognition | Unclear:
    named = said.targets or said.candidates
    if named:
        like = tuple(one for one in named if _goes_with(one, before))
        if not like:
            return Unclear()
        meant = _same(said, before, like[:1])
        is_one = bool(said.targets) or len(like) == 1
        return meant if is_one else replace(meant, targets=(), candidates=like)
    return _in_place(said, before, home)


def _in_place(said: Recognition, before: Recognition, home: Sequence[Entity]) -> Recognition:
    """The same in another room: one thing for one thing, all for all."""
    place = _only(("area", "floor"), said.intent.slots)
    if "name" not in before.intent.slots:
        usual = {**_usual_kind(before), **place}
        return _same(said, before, find_targets(before.intent.name, usual, home), usual)
    (one, *_) = before.targets
    placed = choose_named([entity for entity in home if _is_like(one, entity)], place, "")
    found = tuple(entity for entity in placed if same_name(entity.name, one.name)) or placed
    if not found:
        return _same(said, before, (), {"domain": str(one.domain), **place})
    meant = _same(said, before, found[:1])
    return meant if len(found) == 1 else replace(meant, targets=(), candidates=found)


def _usual_kind(before: Recognition) -> dict[str, Any]:
    """Slots that tell of what kind the things are that a sentence is about."""
    name = before.intent.name
    told = _only(("domain", "device_class"), before.intent.slots)
    if told or HOME_INTENTS.get(name) or QUERY_INTENTS.get(name):
        return told
    return {"domain": str(before.targets[0].domain)}


def _only(names: Sequence[str], slots: Mapping[str, Any]) -> dict[str, Any]:
    return {name: slots[name] for name in names if name in slots}


def _goes_with(one: Entity, before: Recognition) -> bool:
    """Whether what was done or asked can be done to a thing as it was meant."""
    wanted = HOME_INTENTS.get(before.intent.name) or QUERY_INTENTS.get(before.intent.name)
    if wanted:
        return one.domain in wanted
    first = before.targets[0]
    both_switched = one.domain in _SWITCHED and first.domain in _SWITCHED
    return both_switched or _is_like(first, one)


def _same(
    said: Recognition, before: Recognition, things: tuple[Entity, ...],
    place: Mapping[str, Any] | None = None,
) -> Recognition:  # fmt: skip
    """What was said before, of these things."""
    gone = ("name", "entity_id", "area", "floor")
    slots = {key: value for key, value in before.intent.slots.items() if key not in gone}
    is_switching = before.intent.name in ("HassTurnOn", "HassTurnOff")
    key = "" if is_switching else before.response
    return _meant(said, before.intent.name, {**slots, **(place or {})}, things, key)


def _meant(
    said: Recognition, name: str, slots: Mapping[str, Any], things: tuple[Entity, ...],
    response: str = "",
) -> Recognition:  # fmt: skip
    ids: dict[str, Any] = {"entity_id": [one.id for one in things]} if things else {}
    is_one = len(things) == 1 and not slots.keys() & {"area", "floor"}
    called = {"name": things[0].name} if is_one else {}
    words = {"name": things[0].name} if things else {}
    spoken = {key: str(value) for key, value in {**slots, **said.spoken, **words}.items()}
    intent = Intent(name, {**slots, **called, **ids})
    key = response or _switching_key(things)
    return Recognition(intent, things, key, said.language, spoken)


def _switching_key(things: Sequence[Entity]) -> str:
    """The intents package's key of the reply when something is switched."""
    if len(things) > 1 and all(one.domain is Domain.LIGHT for one in things):
        return "lights_area"
    return str(things[0].domain) if things else "default"
