"""What a model wants to be done, taken the way a sentence is.

A call becomes what a sentence template would have made of the same words: then the same things are
meant, and the same questions are asked before somebody is let in.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from device.dialog.agent import LocalAgent
from device.dialog.arguments import read_arguments
from device.dialog.base import Answer, DialogContext, Recognition, ToolCall
from device.dialog.intents import QUERY_INTENTS, SUPPORTED
from device.dialog.premises import premises
from device.dialog.quoting import as_data, fact
from device.dialog.slots import spoken_names
from device.dialog.targets import choose_named, find_targets, same_name
from device.dialog.tools import Json, schema_of, tool_definitions
from device.errors import CommandInvalid, DeviceError
from device.types import Domain, Entity, Intent

_MOST_TOLD: Final = 40
"""More things are not told at once."""
_SENSING: Final = frozenset({Domain.SENSOR, Domain.BINARY_SENSOR, Domain.WEATHER})
_ASPECTS: Final = ("brightness", "color", "temperature")
_MISFITS: Final = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
"""What a skill raises that is given other slots than its sentences give."""


class Toolbox:
    """The tools of one speaker, and what is told of the home with them."""

    def __init__(self, agent: LocalAgent, area: str = "") -> None:
        """`area`: the room that the speaker stands in."""
        self._agent = agent
        self._area = area
        self.definitions()  # the first time takes long

    def definitions(self) -> tuple[Json, ...]:
        """As `device.dialog.tools.tool_definitions` gives them."""
        return tool_definitions(self._domains)

    def premises(self, question: str) -> str:
        """How to use the tools, and what there is in the home that a question may be about."""
        return premises(self._agent.entities, question, self._area)

    def call(self, call: ToolCall, language: str, context: DialogContext) -> Answer:
        """What is to be done and said about it; nothing was done yet, save by the speaker's skills.

        Raises CommandInvalid for what cannot be done, with a message for the model.
        """
        schema = schema_of(call.name, self._domains)
        if schema is None:
            raise CommandInvalid(f"there is no tool {call.name[:40]!r}")
        slots = read_arguments(call.arguments, schema)
        try:
            return self._answer(call.name, slots, language, context)
        except CommandInvalid:
            raise
        except (DeviceError, *_MISFITS) as error:
            raise CommandInvalid(f"{call.name} cannot be done like that: {error}") from error

    @property
    def _domains(self) -> frozenset[str]:
        return frozenset(str(entity.domain) for entity in self._agent.entities)

    def _answer(
        self, name: str, slots: dict[str, Any], language: str, context: DialogContext
    ) -> Answer:
        if name in QUERY_INTENTS:
            found = self._named(slots, language) if "name" in slots else self._placed(name, slots)
            return Answer(self._facts(found), language, Intent(name, slots))
        said = self._understood(name, slots, language, context)
        answer = self._agent.carry_out(said, context)
        if answer.nothing_fits:
            raise CommandInvalid(f"{answer.text} Give a name or a domain, as they are listed.")
        return answer

    def _understood(
        self, name: str, slots: dict[str, Any], language: str, context: DialogContext
    ) -> Recognition:
        """As `device.dialog.templates` understands a sentence."""
        targets: tuple[Entity, ...] = ()
        if "name" in slots:
            named = _movable(name, self._named(slots, language))
            targets = choose_named(named, slots, context.area)
        else:
            targets = find_targets(name, slots, self._agent.entities)
        several = "name" in slots and len(targets) > 1
        candidates = targets if several else ()
        targets = () if several else targets
        if targets:
            slots = {**slots, "entity_id": [entity.id for entity in targets]}
        if "name" in slots and targets:
            slots["name"] = targets[0].name
        code = self._agent.templates(language).language
        spoken = {key: str(value) for key, value in slots.items() if key != "entity_id"}
        response = _response(slots, targets)
        return Recognition(Intent(name, slots), targets, response, code, spoken, candidates)

    def _named(self, slots: Mapping[str, Any], language: str) -> tuple[Entity, ...]:
        """The things of a name, where one is said. Raises CommandInvalid when there are none."""
        name, entities = str(slots["name"]), self._agent.entities
        code = self._agent.templates(language).language
        found = [one for one in entities if _is_called(one, name)]
        # Numbers in words take long in a large home, and are rarely needed.
        found = found or [one for one in entities if _is_said(one, name, code)]
        placed = choose_named(found, {**slots, "device_class": None}, "")
        if placed:
            return placed
        close = get_close_matches(name, [one.name for one in entities], n=5)
        like = found or [one for one in entities if one.name in close]
        raise CommandInvalid(f"nothing is called so; like it: {self._facts(like)}")

    def _placed(self, name: str, slots: Mapping[str, Any]) -> tuple[Entity, ...]:
        """What a question without a name is about; without a place too, everything."""
        entities = self._agent.entities
        if QUERY_INTENTS[name] or "domain" in slots:
            return find_targets(name, slots, entities)
        kinds = sorted({str(entity.domain) for entity in entities})
        return find_targets(name, {**slots, "domain": kinds}, entities)

    def _facts(self, entities: Sequence[Entity]) -> str:
        told = [fact(one, self._agent.state(one.id)) for one in entities[:_MOST_TOLD]]
        more = len(entities) - len(told)
        return as_data({"things": told, **({"not_told": more} if more else {})})


def _is_called(entity: Entity, name: str) -> bool:
    return entity.id == name or any(same_name(one, name) for one in (entity.name, *entity.aliases))


def _is_said(entity: Entity, name: str, language: str) -> bool:
    return any(same_name(one, name) for one in spoken_names(entity, language))


def _movable(intent: str, named: Sequence[Entity]) -> Sequence[Entity]:
    """Of things of one name those that can be moved so, where there are any: no sensor can."""
    kinds = SUPPORTED[intent] or frozenset(Domain) - _SENSING
    return [one for one in named if one.domain in kinds] or named


def _response(slots: Iterable[str], targets: Sequence[Entity]) -> str:
    """Key of the reply template that fits best; a language without it has a default."""
    aspect = next((one for one in _ASPECTS if one in slots), "")
    return aspect or (str(targets[0].domain) if targets and "name" in slots else "default")
