"""Slot lists of a home: what can be said for {name}, {area} and {floor}."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from device.dialog.writing import even
from device.types import Entity

_NUMBER = re.compile(r"(?<!\d)[0-9]{1,4}(?!\d)")


def home_lists(
    entities: Sequence[Entity], language: str, spaceless: bool = False
) -> dict[str, Any]:
    """hassil's slot lists for a home: value out is the name, metadata holds the entity id.

    `spaceless`: names are understood however they are parted by spaces.
    """
    from hassil.intents import TextSlotList

    names = [
        _value(text, entity, spaceless)
        for entity in entities
        for text in spoken_names(entity, language)
    ]
    return {
        "name": TextSlotList(name="name", values=names),
        "area": text_list("area", (entity.area for entity in entities), spaceless),
        "floor": text_list("floor", (entity.floor for entity in entities), spaceless),
    }


class SayableNames:
    """The names of a home, and which of them a sentence can hold at all.

    hassil tries every name at every {name} of its templates; of thousands it needs to see few.
    """

    def __init__(self, entities: Sequence[Entity], intents: Any) -> None:
        """`intents`: the hassil.Intents of the language."""
        self._skip_words = tuple(intents.skip_words)
        self._ignores_spaces = bool(intents.settings.ignore_whitespace)
        self._values: dict[tuple[object, ...], Any] = {}
        self._keys: dict[tuple[object, ...], str] = {}
        for entity in entities:
            for text in spoken_names(entity, intents.language):
                self._add(_value(text, entity, self._ignores_spaces), entity.id)

    def said_in(self, text: str) -> Any:
        """hassil's list of the names whose letters stand in a sentence.

        One value for all the things of one name and kind; metadata holds their `entity_ids`.
        """
        from hassil.intents import TextSlotList

        heard = self._letters_heard(text)
        said = [self._values[which] for which, key in self._keys.items() if key in heard]
        return TextSlotList(name="name", values=said)

    def _add(self, value: Any, entity_id: str) -> None:
        text = value.text_in.text
        which = (text.casefold(), *sorted(value.context.items()))
        if which not in self._values:
            value.metadata = {"entity_ids": []}
            self._values[which] = value
            self._keys[which] = _letters(text)
        self._values[which].metadata["entity_ids"].append(entity_id)

    def _letters_heard(self, text: str) -> str:
        """The sentence as hassil compares it: with its skip words, and with names across them."""
        from hassil.util import normalize_for_matching, remove_skip_words_tracked

        whole = normalize_for_matching(text)
        kept = whole.copy()
        if self._skip_words:
            remove_skip_words_tracked(kept, self._skip_words, self._ignores_spaces)
        return f"{_letters(whole.text)}\n{_letters(kept.text)}"


def _letters(text: str) -> str:
    """Letters and digits alone, in one case: what is left when hassil compares more loosely."""
    return "".join(sign for sign in text.casefold().replace("ı", "i") if sign.isalnum())


def spoken_names(entity: Entity, language: str) -> tuple[str, ...]:
    """Name and aliases, each once, numbers in words too: "lamp 2" is said "lamp two"."""
    written = dict.fromkeys((entity.name, *entity.aliases))
    return tuple(dict.fromkeys((*written, *(_in_words(text, language) for text in written))))


def _in_words(text: str, language: str) -> str:
    try:
        return _NUMBER.sub(lambda match: _spelled(match[0], language), text)
    except ValueError:  # this language's number words are not known
        return text


def _value(text: str, entity: Entity, spaceless: bool) -> Any:
    from hassil.intents import TextSlotValue

    return TextSlotValue.from_tuple(
        (
            _plain(text, spaceless),
            entity.name,
            {"domain": str(entity.domain), **entity.attributes},
            {"entity_id": entity.id},
        ),
        allow_template=False,
    )


def text_list(name: str, texts: Iterable[str], spaceless: bool = False) -> Any:
    """hassil's slot list of these texts, each once; what comes out is the text as it was given."""
    from hassil.intents import TextSlotList, TextSlotValue

    unique = [text for text in dict.fromkeys(texts) if text]
    values = [
        TextSlotValue.from_tuple((_plain(text, spaceless), text), allow_template=False)
        for text in unique
    ]
    return TextSlotList(name=name, values=values)


def _plain(text: str, spaceless: bool) -> str:
    """The form in which hassil compares text: without punctuation, spaces made one."""
    from hassil.util import normalize_for_matching

    return str(normalize_for_matching(even(text, spaceless)).text)


def _spelled(digits: str, language: str) -> str:
    """Number words without the soft hyphens that some languages' data carries."""
    from hassil.numbers import get_rbnf_engine

    return str(get_rbnf_engine(language).format_number(int(digits)).text).replace("\xad", "")
