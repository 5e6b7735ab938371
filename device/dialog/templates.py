"""One language's sentence templates, filled with the names of one home."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from device.dialog.base import Recognition
from device.dialog.intents import FREE_TEXT_INTENTS, SUPPORTED, TELEPHONE_INTENTS
from device.dialog.language import LanguageData, load_language, resolve_language
from device.dialog.slots import SayableNames, home_lists, text_list
from device.dialog.targets import choose_named, find_targets, same_name
from device.dialog.writing import as_written, even
from device.errors import EngineMissing
from device.types import Entity, Intent

MAXIMUM_TEXT_LENGTH = 500
"""Longer text is no command; matching time grows with it."""
_MAXIMUM_RESULTS = 500


class Templates:
    """Understands sentences about one home in one language.

    `intents` (hassil.intents.Intents: templates by intent, lists, expansion_rules) and
    `slot_lists` ({name}, {area}, {floor}, {contact}) are public so that a grammar can be built from
    them. Only intents of `device.dialog.intents.SUPPORTED` are kept, and templates with wildcards
    only of FREE_TEXT_INTENTS: a wildcard would accept any words and act on them.
    """

    def __init__(
        self, language: str, entities: Sequence[Entity], area: str = "",
        contacts: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """`contacts`: who can be called; None: there is no telephone, and nobody speaks of one."""
        self.data = load_language(resolve_language(language))
        self.language = self.data.language
        self.entities = tuple(entities)
        self.area = area
        self._by_id = {entity.id: entity for entity in entities}
        self.slot_lists: dict[str, Any] = home_lists(
            entities, self.language, self.data.is_spaceless
        )
        self.slot_lists["contact"] = text_list("contact", contacts or (), self.data.is_spaceless)
        self.intents: Any = _parsed(
            self.language, frozenset(str(entity.domain) for entity in entities),
            contacts is not None,
        )  # fmt: skip
        self.names = SayableNames(entities, self.intents)

    def recognize(self, text: str, area: str | None = None) -> Recognition | None:
        """Understand one sentence; None when no template covers all of it.

        `area` is the room of the speaker (default: the one given at construction). Of several
        readings the one with the longest name wins, then the one with most literal text.
        """
        if not text.strip() or len(text) > MAXIMUM_TEXT_LENGTH:
            return None
        room = self.area if area is None else area
        results = self._results(even(text, self.data.is_spaceless), room)
        readings = [self._read(result) for result in results]
        best = _best([reading for reading in readings if reading is not None])
        if best is None:
            return None
        said = self._recognition(best, room)
        return _as_written(said, even(text)) if self.data.is_spaceless else said

    def _results(self, text: str, room: str) -> Iterable[Any]:
        from hassil.recognize import recognize_all

        # An empty room still counts as set: then "the lights" is understood and can be asked about.
        lists = {**self.slot_lists, "name": self.names.said_in(text)}
        found = recognize_all(text, self.intents, slot_lists=lists, intent_context={"area": room})
        return islice(found, _MAXIMUM_RESULTS)

    def _read(self, result: Any) -> "_Reading | None":
        slots = {entity.name: _whole(entity.value) for entity in result.entities_list}
        spoken = {entity.name: entity.text.strip() for entity in result.entities_list}
        name = result.entities.get("name")
        if name is None:
            said = result.entities.get("area")
            return _Reading(
                result.intent.name,
                slots,
                result.response,
                result.text_chunks_matched,
                spoken,
                says_area=said is not None and bool(said.text),
            )
        called = [self._by_id[entity_id] for entity_id in name.metadata["entity_ids"]]
        named = choose_named(called, slots, "")
        if not named:
            return None
        return _Reading(
            result.intent.name,
            slots,
            result.response,
            result.text_chunks_matched,
            spoken,
            name_length=len(spoken["name"]),
            named=named,
        )

    def _recognition(self, reading: "_Reading", room: str) -> Recognition:
        slots = dict(reading.slots)
        several = False
        if reading.named:
            targets = choose_named(reading.named, slots, room)
            several = len(targets) > 1
        else:
            targets = self._meant(reading)
        needs_room = slots.get("area") == "" and len({entity.area for entity in targets}) > 1
        candidates: tuple[Entity, ...] = ()
        if several or needs_room:
            targets, candidates = (), targets
        slots = {key: value for key, value in slots.items() if value != ""}
        if reading.named and targets:
            slots["name"] = targets[0].name
        if targets:
            slots["entity_id"] = [entity.id for entity in targets]
            if not any(same_name(entity.area, str(slots.get("area", ""))) for entity in targets):
                slots.pop("area", None)
        return Recognition(
            intent=Intent(reading.intent, slots),
            targets=targets,
            response=reading.response,
            language=self.language,
            spoken=_words(reading.spoken, slots),
            candidates=candidates,
            needs_room=needs_room,
        )

    def _meant(self, reading: "_Reading") -> tuple[Entity, ...]:
        targets = find_targets(reading.intent, reading.slots, self.entities)
        if targets or reading.says_area:
            return targets
        # Nobody said a room and this one has no such thing: the only one at home is meant.
        anywhere = {key: value for key, value in reading.slots.items() if key != "area"}
        targets = find_targets(reading.intent, anywhere, self.entities)
        return targets if len(targets) == 1 else ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to understand a sentence."""

    intent: str
    slots: dict[str, Any]
    response: str
    literal: int
    spoken: dict[str, str]
    name_length: int = 0
    named: tuple[Entity, ...] = ()
    says_area: bool = False

    @property
    def rank(self) -> tuple[int, int, bool]:
        """Longest name, most literal text; at a draw the speaker's own skill ("stop")."""
        return (self.name_length, self.literal, self.intent.startswith("Parlor"))

    @property
    def meaning(self) -> str:
        """Equal for readings that differ only in which thing of one name is meant."""
        slots = {key: value for key, value in self.slots.items() if key != "name"}
        return repr((self.intent, sorted(slots.items(), key=repr)))


def _whole(value: Any) -> Any:
    """50.0 is 50; everything else stays what it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_written(said: Recognition, text: str) -> Recognition:
    """Free text with its spaces, which the templates of some languages leave out."""
    if said.intent.name not in FREE_TEXT_INTENTS:
        return said
    slots = {
        key: as_written(value, text) if isinstance(value, str) else value
        for key, value in said.intent.slots.items()
    }
    return replace(said, intent=replace(said.intent, slots=slots))


def _words(spoken: dict[str, str], slots: dict[str, Any]) -> dict[str, str]:
    words = {key: spoken.get(key) or str(value) for key, value in slots.items()}
    words.pop("entity_id", None)
    if "name" in slots:
        words["name"] = str(slots["name"])
    return words


def _best(readings: list[_Reading]) -> _Reading | None:
    if not readings:
        return None
    top = max(reading.rank for reading in readings)
    tied = [reading for reading in readings if reading.rank == top]
    meaning = min(reading.meaning for reading in tied)
    same = [reading for reading in tied if reading.meaning == meaning]
    named = tuple(entity for reading in same for entity in reading.named)
    return replace(same[0], named=named)


@lru_cache(maxsize=8)
def _parsed(language: str, domains: frozenset[str], telephone: bool) -> Any:
    """hassil.Intents with the templates that a home with these domains can use.

    They are parsed when the first sentence comes, which takes longer than all that follows.
    """
    hassil = _import_hassil()
    data = load_language(language)
    kept = kept_intents(data, domains, telephone)
    intents = hassil.Intents.from_dict({**data.intents, "intents": kept})
    _separate_ranges(intents.slot_lists.values())
    return intents


def kept_intents(data: LanguageData, domains: Set[str], telephone: bool) -> dict[str, Any]:
    """The intents of SUPPORTED with those of their sentences that a home can use, as data."""
    marks = _wildcard_marks(data.intents)
    kept: dict[str, Any] = {}
    unknown = frozenset() if telephone else TELEPHONE_INTENTS
    for name in sorted((SUPPORTED.keys() & data.intents["intents"].keys()) - unknown):
        wild = set() if name in FREE_TEXT_INTENTS else marks
        blocks = [
            {**block, "sentences": sentences}
            for block in data.intents["intents"][name]["data"]
            if _has_domain(block, domains)
            and (sentences := [text for text in block["sentences"] if not _any(wild, text)])
        ]
        if blocks:
            kept[name] = {"data": blocks}
    return kept


def _wildcard_marks(intents: dict[str, Any]) -> set[str]:
    """How templates mention wildcard lists: directly, or through rules that use them."""
    lists = intents.get("lists", {})
    marks = {f"{{{name}{end}" for name in lists if lists[name].get("wildcard") for end in "}:"}
    rules = intents.get("expansion_rules", {})
    while more := {f"<{name}>" for name, body in rules.items() if _any(marks, body)} - marks:
        marks |= more
    return marks


def _any(marks: set[str], text: str) -> bool:
    return any(mark in text for mark in marks)


def _has_domain(block: dict[str, Any], domains: Set[str]) -> bool:
    required = block.get("requires_context", {}).get("domain")
    if required is None:
        return True
    return not domains.isdisjoint({required} if isinstance(required, str) else required)


def _separate_ranges(lists: Iterable[Any]) -> None:
    """Give ranges of different multipliers different bounds.

    hassil 3.12 shares number words among ranges of equal bounds and forgets the multiplier:
    "down by ten" could become +10, and "brightness ten" -10.
    """
    multipliers: dict[tuple[object, ...], float | None] = {}
    ranges = [one for one in lists if hasattr(one, "multiplier")]
    for one in sorted(ranges, key=lambda one: one.multiplier is not None):
        while multipliers.setdefault(_bounds(one), one.multiplier) != one.multiplier:
            one.stop += one.step


def _bounds(one: Any) -> tuple[object, ...]:
    return (one.start, one.stop, one.step, one.fraction_type)


def _import_hassil() -> Any:
    try:
        import hassil
    except ImportError as error:
        raise EngineMissing("hassil is not installed; run: pip install hassil") from error
    return hassil
