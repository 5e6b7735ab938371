"""What a model that hears and speaks may do in the home: the same as any other model."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from device.conversation.base import Item
from device.conversation.hands import Handled
from device.dialog.base import ToolCall

Json = dict[str, Any]

MOST_ROUNDS: Final = 8
"""So often a model may use tools before it says something."""
TRANSCRIPT_SECONDS: Final = 3.0
"""What was said without a wake word is awaited so long in words: was it anything?"""


class Tools(Protocol):
    """Everything a model can do here; whether a dangerous thing is done the person is asked."""

    def definitions(self) -> Sequence[Json]:
        """{"name", "description", "parameters"} of each, `parameters` a JSON schema."""
        ...

    def premises(self) -> str:
        """How to use them, and what there is in the home."""
        ...

    async def call(
        self, calls: Sequence[ToolCall], language: str, tell: Callable[[Item], None]
    ) -> Handled:
        """Do what a model wants. `tell` is given what the session is to know.

        A question that comes of it is answered here, not by the model. Raises StageFailure.
        """
        ...


class Definitions(Protocol):
    """What models are told of the home."""

    def definitions(self) -> Sequence[Json]:
        """As `Tools` has them."""
        ...

    def premises(self, question: str) -> str:
        """How to use them, and what there is in the home that a question may be about."""
        ...


class Actor(Protocol):
    """Who does what a model wants."""

    async def act(
        self, calls: Sequence[ToolCall], language: str, tell: Callable[[Item], None]
    ) -> Handled:
        """As `Tools.call`."""
        ...


class SpeechTools:
    """The tools of the local chain."""

    def __init__(self, told: Definitions, actor: Actor) -> None:
        self._told = told
        self._actor = actor

    def definitions(self) -> Sequence[Json]:
        """Of every tool."""
        return self._told.definitions()

    def premises(self) -> str:
        """How to use them; what will be asked is not known when a session begins."""
        return self._told.premises("")

    async def call(
        self, calls: Sequence[ToolCall], language: str, tell: Callable[[Item], None]
    ) -> Handled:
        """Do what a model wants. Raises StageFailure."""
        return await self._actor.act(calls, language, tell)
