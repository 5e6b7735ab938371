"""Slot lists of a home: what can be said for {name}, {area} and {floor}."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from device.types import Entity

_NUMBER = re.compile(r"(?<!\d)[0-9]{1,4}(?!\d)")


def home_lists(entities: Sequence[Entity], language: str) -> dict[str, Any]:
    """hassil's slot lists for a home: value out is the name, metadata holds the entity id."""
    from hassil.intents import TextSlotList

    names = [_value(text, entity) for entity in entities for text in spoken_names(entity, language)]
    return {
        "name": TextSlotList(name="name", values=names),
        "area": _texts("area", (entity.area for entity in entities)),
        "floor": _texts("floor", (entity.floor for entity in entities)),
    }


def spoken_names(entity: Entity, language: str) -> tuple[str, ...]:
    """Name and aliases, each once, numbers in words too: "lamp 2" is said "lamp two"."""
    written = dict.fromkeys((entity.name, *entity.aliases))
    return tuple(dict.fromkeys((*written, *(_in_words(text, language) for text in written))))


def _in_words(text: str, language: str) -> str:
    try:
        return _NUMBER.sub(lambda match: _spelled(match[0], language), text)
    except ValueError:  # this language's number words are not known
        return text


def _value(text: str, entity: Entity) -> Any:
    from hassil.intents import TextSlotValue

    return TextSlotValue.from_tuple(
        (
            _plain(text),
            entity.name,
            {"domain": str(entity.domain), **entity.attributes},
            {"entity_id": entity.id},
        ),
        allow_template=False,
    )


def _texts(name: str, texts: Iterable[str]) -> Any:
    from hassil.intents import TextSlotList, TextSlotValue

    unique = [text for text in dict.fromkeys(texts) if text]
    values = [
        TextSlotValue.from_tuple((_plain(text), text), allow_template=False) for text in unique
    ]
    return TextSlotList(name=name, values=values)


def _plain(text: str) -> str:
    """The form in which hassil compares text: without punctuation, spaces made one."""
    from hassil.util import normalize_for_matching

    return str(normalize_for_matching(text).text)


def _spelled(digits: str, language: str) -> str:
    """Number words without the soft hyphens that some languages' data carries."""
    from hassil.numbers import get_rbnf_engine

    return str(get_rbnf_engine(language).format_number(int(digits)).text).replace("\xad", "")
