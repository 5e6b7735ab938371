"""The answer to "which one?": what it can be, and which of the candidates it means."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from device.dialog.base import Recognition
from device.dialog.intents import HOME_INTENTS
from device.dialog.language import load_language
from device.dialog.slots import spoken_names, text_list
from device.dialog.targets import same_name
from device.dialog.templates import MAXIMUM_TEXT_LENGTH, Templates
from device.dialog.writing import even
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
    slots = [*_readings(text, asked, templates)] or _counted(text)
    readings = [_read(one, asked) for one in slots]
    if not readings:
        return None
    left = {tuple(one.id for one in said.targets or said.candidates): said for said in readings}
    fewest = min((len(ids) for ids in left if ids), default=0)
    closest = [said for ids, said in left.items() if len(ids) == fewest]
    # A room and a floor of one name: nobody knows which was said.
    return closest[0] if len(closest) == 1 else replace(asked, candidates=())


def _counted(text: str) -> list[dict[str, Any]]:
    """A number alone, typed or pressed on a telephone: the second is 2."""
    number = text.strip()
    counts = number.isascii() and number.isdigit() and 0 < int(number) < _MOST_EXPECTED
    return [{"ordinal": int(number)}] if counts else []


def expected_choices(asked: Recognition, templates: Templates) -> tuple[str, ...]:
    """What a person will probably say to choose among the candidates.

    Sentences whose metadata say that they are `rare` are understood and not expected.
    """
    said: dict[str, None] = {}
    for text in _spelled(asked, templates):
        said[" ".join(text.split())] = None
        if len(said) == _MOST_EXPECTED:
            break
    return tuple(said)


def is_of_its_own(said: Recognition) -> bool:
    """Whether a sentence can be no try to answer "which one?".

    A yes is none of its own, nor is "the office one", which by itself is a brightness.
    """
    says_one = any(value == 1 and value is not True for value in said.intent.slots.values())
    return said.intent.name != "ParlorYes" and not (said.intent.name in HOME_INTENTS and says_one)


def labelled(candidates: Sequence[Entity]) -> dict[str, tuple[Entity, ...]]:
    """The candidates by what tells them apart: name and room, where it helps the floor too."""
    by_room = _grouped(candidates, lambda entity: (entity.name, entity.area))
    by_floor = _grouped(candidates, lambda entity: (entity.name, entity.area, entity.floor))
    return by_floor if len(by_floor) > len(by_room) else by_room


def _grouped(
    candidates: Sequence[Entity], parts: Callable[[Entity], tuple[str, ...]]
) -> dict[str, tuple[Entity, ...]]:
    groups: dict[str, tuple[Entity, ...]] = {}
    for entity in candidates:
        label = ", ".join(filter(None, parts(entity)))
        groups[label] = (*groups.get(label, ()), entity)
    return groups


def _spelled(asked: Recognition, templates: Templates) -> Iterator[str]:
    """Every usual sentence about each of the candidates, the most usual ones first."""
    from hassil.sample import sample_sentence

    intents = _parsed(templates.language)
    blocks = intents.intents[CHOICE].data
    usual = (block for block in blocks if not (block.metadata or {}).get("rare"))
    apart = {(one.area, one.floor) if asked.needs_room else one.id: one for one in asked.candidates}
    ordinals = _ordinals(intents.slot_lists, asked)
    lists = [
        {**ordinals, **_lists((one,), asked.needs_room, templates.language)}
        for one in apart.values()
    ]
    for sentence in (sentence for block in usual for sentence in block.sentences):
        needed = set(sentence.list_names(intents.expansion_rules))
        for known in lists:
            if all(known[name].values for name in needed):
                yield from sample_sentence(sentence, known, intents.expansion_rules)


def _ordinals(known: Mapping[str, Any], asked: Recognition) -> dict[str, Any]:
    """Those that are of use: to who listens for them, a third of two sounds like the first."""
    from hassil.intents import TextSlotList

    count = 0 if asked.needs_room else len(labelled(asked.candidates))
    useful = {*range(1, count + 1), *([-1] if count > 2 else [])}
    return {
        name: TextSlotList(name, [one for one in values.values if one.value_out in useful])
        for name, values in known.items()
    }


def _readings(text: str, asked: Recognition, templates: Templates) -> Iterator[dict[str, Any]]:
    from hassil.recognize import recognize_all

    language = templates.language
    names = _lists(asked.candidates, asked.needs_room, language)["name"]
    lists = {**templates.slot_lists, "name": names}
    said = even(text, templates.data.is_spaceless)
    found = recognize_all(said, _parsed(language), slot_lists=lists)
    for result in islice(found, _MOST_READINGS):
        yield {entity.name: entity.value for entity in result.entities_list}


def _lists(things: Sequence[Entity], needs_room: bool, language: str) -> dict[str, Any]:
    """hassil's lists of these things; where a room is asked for, a thing's name is no answer."""
    spaceless = load_language(language).is_spaceless
    named = () if needs_room else things
    names = (name for entity in named for name in spoken_names(entity, language))
    return {
        "name": text_list("name", names, spaceless),
        "area": text_list("area", (entity.area for entity in things), spaceless),
        "floor": text_list("floor", (entity.floor for entity in things), spaceless),
    }


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
