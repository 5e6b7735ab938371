"""The answer to "which one?": what it can be, and which of the candidates it means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from device.dialog.base import Recognition
from device.dialog.language import load_language
from device.dialog.slots import spoken_names, text_list
from device.dialog.targets import same_name
from device.dialog.templates import MAXIMUM_TEXT_LENGTH, Templates
from device.types import Entity, Intent

CHOICE = "ParlorChoose"
"""Intent of such answers; they mean nothing while no question is open."""
_BARE = ({"sentences": ["{area}", "{floor}", "{name}"]},)
"""All that is understood in languages without sentences of ours."""
_OWN = "choice_"
"""How the names of lists and rules begin that the sentences of CHOICE may use."""
_MOST_EXPECTED = 150
_MOST_READINGS = 100


def choose(text: str, asked: Recognition, templates: Templates) -> Recognition | None:
    """`asked` with the targets that an answer means; None when it is no such answer.

    An answer that leaves several of one name gives those as candidates. One that tells none of
    them from the others ("the kitchen one", "the lamp") gives neither targets nor candidates.
    """
    if len(text) > MAXIMUM_TEXT_LENGTH:
        return None
    asked = replace(asked, language=templates.language)
    readings = [_read(slots, asked) for slots in _readings(text, asked, templates)]
    if not readings:
        return None
    fitting = [said for said in readings if said.targets or said.candidates]
    return min(fitting, key=lambda said: len(said.targets or said.candidates), default=readings[0])


def expected_choices(asked: Recognition, templates: Templates) -> tuple[str, ...]:
    """What a person will probably say to choose among the candidates.

    Sentences whose metadata say that they are `rare` are understood and not expected.
    """
    from hassil.sample import sample_sentence

    intents = _parsed(templates.language)
    places = {
        "area": text_list("area", (entity.area for entity in asked.candidates)),
        "floor": text_list("floor", (entity.floor for entity in asked.candidates)),
    }
    lists = {**intents.slot_lists, **_names(asked, templates), **places}
    said = (
        " ".join(text.split())
        for block in intents.intents[CHOICE].data
        if not (block.metadata or {}).get("rare")
        for sentence in block.sentences
        for text in sample_sentence(sentence, lists, intents.expansion_rules)
    )
    return tuple(dict.fromkeys(islice(said, _MOST_EXPECTED)))


def labelled(candidates: Sequence[Entity]) -> dict[str, tuple[Entity, ...]]:
    """The candidates by what tells them apart: name and room, where it helps the floor too."""
    by_room = _grouped(candidates, lambda entity: (entity.name, entity.area))
    by_floor = _grouped(candidates, lambda entity: (entity.name, entity.area, entity.floor))
    return by_floor if len(by_floor) > len(by_room) else by_room


def _grouped(candidates: Sequence[Entity], parts: Any) -> dict[str, tuple[Entity, ...]]:
    groups: dict[str, tuple[Entity, ...]] = {}
    for entity in candidates:
        label = ", ".join(filter(None, parts(entity)))
        groups[label] = (*groups.get(label, ()), entity)
    return groups


def _readings(text: str, asked: Recognition, templates: Templates) -> Iterator[dict[str, Any]]:
    from hassil.recognize import recognize_all

    lists = {**templates.slot_lists, **_names(asked, templates)}
    found = recognize_all(text, _parsed(templates.language), slot_lists=lists)
    for result in islice(found, _MOST_READINGS):
        yield {entity.name: entity.value for entity in result.entities_list}


def _names(asked: Recognition, templates: Templates) -> dict[str, Any]:
    """Where a room is asked for, the name of a single thing is no answer."""
    things = () if asked.needs_room else asked.candidates
    names = (name for entity in things for name in spoken_names(entity, templates.language))
    return {"name": text_list("name", names)}


def _read(slots: Mapping[str, Any], asked: Recognition) -> Recognition:
    meant = _narrowed(slots, asked)
    if len(meant) > 1 and not (asked.needs_room or "which" in slots):
        fewer = len(meant) < len(asked.candidates)
        return replace(asked, candidates=meant if fewer else ())
    return _settled(asked, meant, slots) if meant else replace(asked, candidates=())


def _narrowed(slots: Mapping[str, Any], asked: Recognition) -> tuple[Entity, ...]:
    candidates = asked.candidates
    if slots.get("which") == "both" and len(labelled(candidates)) != 2:
        return ()
    if "ordinal" in slots:
        # Nobody has counted the rooms up.
        groups = [] if asked.needs_room else list(labelled(candidates).values())
        place = int(slots["ordinal"])
        index = place - 1 if place > 0 else place
        return groups[index] if -len(groups) <= index < len(groups) else ()
    placed = [
        entity
        for entity in candidates
        if all(same_name(str(slots.get(key, own)), own)
               for key, own in (("area", entity.area), ("floor", entity.floor)))
    ]  # fmt: skip
    return _called(str(slots["name"]), placed, asked.language) if "name" in slots else tuple(placed)


def _called(name: str, candidates: Sequence[Entity], language: str) -> tuple[Entity, ...]:
    """Those with this name, else those that are called so too.

    They were told by their names: an alias of another that is the same is not meant.
    """
    named = tuple(entity for entity in candidates if same_name(entity.name, name))
    return named or tuple(
        entity
        for entity in candidates
        if any(same_name(other, name) for other in spoken_names(entity, language))
    )


def _settled(
    asked: Recognition, targets: tuple[Entity, ...], said: Mapping[str, Any]
) -> Recognition:
    place = {key: said[key] for key in ("area", "floor") if asked.needs_room and key in said}
    name = {"name": targets[0].name} if "name" in asked.intent.slots else {}
    ids = [entity.id for entity in targets]
    slots = {**asked.intent.slots, **place, **name, "entity_id": ids}
    return replace(
        asked,
        intent=Intent(asked.intent.name, slots),
        targets=targets,
        candidates=(),
        needs_room=False,
        spoken={**asked.spoken, **place, **name},
    )


@lru_cache(maxsize=8)
def _parsed(language: str) -> Any:
    """hassil.Intents with CHOICE alone: it meets no other sentence, nor stands in its way."""
    from hassil import Intents

    intents = load_language(language).intents
    own = intents["intents"].get(CHOICE, {"data": _BARE})
    kept = {
        part: {name: body for name, body in intents[part].items() if name.startswith(_OWN)}
        for part in ("lists", "expansion_rules")
    }
    return Intents.from_dict({**intents, **kept, "intents": {CHOICE: own}})
