"""What models may do and are told: what the house has, and what a client brought along."""

from collections.abc import Sequence
from typing import Final, Protocol

from device.brief import Brief
from device.dialog.base import ToolCall
from device.dialog.tools import Json
from device.errors import CommandInvalid

_LONGEST: Final = 20_000
"""Characters of a result; the rest is cut off."""


class Told(Protocol):
    """What models are told of the home."""

    def definitions(self) -> Sequence[Json]:
        """Name, description and parameters of each tool."""
        ...

    def premises(self, question: str) -> str:
        """How to use them, and what there is in the home that a question may be about."""
        ...


class Briefed:
    """The tools of one conversation."""

    def __init__(self, house: Told | None) -> None:
        """Without `house` a model does nothing here."""
        self._house = house
        self.brief = Brief()
        """What the client asked for last."""

    def definitions(self) -> Sequence[Json]:
        """Of every tool; a client's hides one of ours that has the same name."""
        if not self.brief.acts:
            return ()
        ours = () if self._house is None else self._house.definitions()
        return [*(one for one in ours if not self.has(one["name"])), *self.brief.tools]

    def premises(self, question: str) -> str:
        """What there is in the home that a question may be about, and the client's instructions."""
        about = "" if self._house is None else self._house.premises(question)
        return "\n".join(filter(None, (about, self.brief.instructions)))

    def has(self, name: str) -> bool:
        """Whether it is one of the client's."""
        return any(tool["name"] == name for tool in self.brief.tools)

    async def call(self, call: ToolCall) -> str:
        """What came of a call of one of the client's. Raises CommandInvalid when he has gone."""
        if self.brief.call is None:
            raise CommandInvalid(f"nobody uses {call.name!r} any more")
        return (await self.brief.call(call.name, call.arguments))[:_LONGEST]
