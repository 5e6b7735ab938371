"""What a sentence would do, without doing it."""

from dataclasses import dataclass

from device.dialog.agent import LocalAgent
from device.dialog.listbook import ListBook
from device.dialog.slots import spoken_names
from device.types import Intent


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sentence means in this home."""

    intent: Intent
    possible: bool
    """Whether the home has what it is about."""


class Sense:
    """The meanings that one home's agent knows."""

    def __init__(self, agent: LocalAgent, lists: ListBook | None = None) -> None:
        self._agent = agent
        self._lists = lists

    def meaning(self, text: str, language: str) -> Meaning | None:
        """What a sentence means; None when no template knows it."""
        name, possible = self._agent.meant(text, language)
        said = self._agent.templates(language).recognize(text) if name else None
        return None if said is None else Meaning(said.intent, possible)

    def names(self, language: str) -> list[str]:
        """Names of things, rooms, floors and lists, as people say them."""
        found: dict[str, None] = {}
        for entity in self._agent.entities:
            for name in (*spoken_names(entity, language), entity.area, entity.floor):
                found.setdefault(name)
        found.update(dict.fromkeys(self._lists.names if self._lists else ()))
        return [name for name in found if name]
