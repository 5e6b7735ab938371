"""Does what an answer asks for, whether a sentence or a model asked."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from device.conversation.base import ActionStarted, Item, stage
from device.dialog.base import Answer, DialogContext, Mention, ToolCall
from device.dialog.mentions import together
from device.dialog.quoting import as_data
from device.errors import CommandInvalid, DeviceError
from device.executor import Executor
from device.home.actions import Actuator
from device.types import Action, Outcome

CONFIRMED_BEFORE_SECONDS: Final = 0.25
"""The reply waits so long for the home to confirm."""
_ASKING: Final = "the person is being asked whether to do it, or which one is meant"
_NOT_YET: Final = "not done: the person is being asked something else first"


class Tools(Protocol):
    """What a model can ask for."""

    def call(self, call: ToolCall, language: str, context: DialogContext) -> Answer:
        """What is to be done and said about it. Raises CommandInvalid."""
        ...


class Elsewhere(Protocol):
    """What is done by somebody else."""

    def has(self, name: str) -> bool:
        """Whether a tool is one of these."""
        ...

    async def call(self, call: ToolCall) -> str:
        """What came of it. Raises CommandInvalid."""
        ...


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of calls."""

    results: tuple[str, ...]
    """For the model, one a call, as JSON."""
    asks: Answer | None = None
    """A question that the person is to answer before anything else is done."""
    stops: bool = False
    """Nothing more is to be said."""
    mention: Mention | None = None
    """What was moved or asked about."""
    words: str = ""
    """What the speaker itself would say about it."""


class Hands:
    """The way from what is wanted to the home."""

    def __init__(
        self, home: Actuator, explain: Callable[..., str], executor: Executor,
        tools: Tools | None = None, area: str = "", elsewhere: Elsewhere | None = None,
    ) -> None:  # fmt: skip
        """`explain(key, language, **values)` gives fixed phrases; `area`: where the speaker is.

        What is `elsewhere` is done there, without the home and its questions.
        """
        self._home = home
        self._explain = explain
        self._executor = executor
        self._tools = tools
        self._area = area
        self._elsewhere = elsewhere

    async def start(self, actions: Sequence[Action], language: str) -> list[ActionStarted]:
        """Send commands, all at once. Raises StageFailure."""
        return [await self._start(action, language) for action in actions]

    async def failed(self, started: Sequence[ActionStarted]) -> bool:
        """Whether the home could not be reached; what it does not confirm soon counts as done."""
        waits = (one.confirmation.within(CONFIRMED_BEFORE_SECONDS) for one in started)
        return Outcome.FAILED in await asyncio.gather(*waits)

    async def call(
        self, calls: Sequence[ToolCall], language: str, tell: Callable[[Item], None]
    ) -> Handled:
        """Do what a model wants; of several questions the first is asked. Raises StageFailure.

        `tell` is given what the session is to know, as soon as it happens.
        """
        answers = [await self._answer(call, language) for call in calls]
        given = [answer for answer in answers if isinstance(answer, Answer)]
        asks = next((answer for answer in given if answer.pending is not None), None)
        done = (self._carry_out(answer, asks, tell) for answer in answers)
        told = await asyncio.gather(*done)
        results = tuple(as_data(one) for one in told)
        ours = [
            one for one, answer in zip(told, answers, strict=True)
            if not isinstance(answer, ToolCall)
        ]  # fmt: skip
        words = " ".join(str(next(iter(one.values()))) for one in ours)
        spoken_of = [one.mention for one in given if one.mention and one.pending is None]
        return Handled(results, asks, any(one.stop for one in given), together(spoken_of), words)

    async def _answer(self, call: ToolCall, language: str) -> Answer | ToolCall | DeviceError:
        """What comes of it, or the call itself where somebody else does it."""
        if self._elsewhere is not None and self._elsewhere.has(call.name):
            return call
        if self._tools is None:
            return CommandInvalid("there are no tools")
        wanted = partial(self._tools.call, call, language, DialogContext(self._area))
        try:
            return await self._executor.run(wanted)
        except DeviceError as error:
            return error

    async def _carry_out(
        self, answer: Answer | ToolCall | DeviceError, asks: Answer | None,
        tell: Callable[[Item], None],
    ) -> dict[str, object]:  # fmt: skip
        """What a model is told of one of its calls."""
        if isinstance(answer, DeviceError):
            return {"error": str(answer)}
        if isinstance(answer, ToolCall):
            return await self._hand_on(answer)
        if answer.pending is not None:
            return {"waits": _ASKING if answer is asks else _NOT_YET}
        if answer.intent is not None:
            tell(answer.intent)
        started = await self.start(answer.actions, answer.language)
        for one in started:
            tell(one)
        for request in answer.requests:
            tell(request)
        if await self.failed(started):
            return {"error": self._explain("broker_unreachable", answer.language)}
        sent_to = [one.action.entity for one in started]
        return {
            "result": await _words(answer) or "done",
            **({"sent_to": sent_to} if sent_to else {}),
        }

    async def _hand_on(self, call: ToolCall) -> dict[str, object]:
        assert self._elsewhere is not None
        try:
            return {"result": await self._elsewhere.call(call)}
        except DeviceError as error:
            return {"error": str(error)}

    async def _start(self, action: Action, language: str) -> ActionStarted:
        with stage("home"):
            confirmation = await self._home.start(action)
        complaint = self._explain("no_answer", language, name=action.entity)
        return ActionStarted(action, confirmation, complaint, language)


async def _words(answer: Answer) -> str:
    """What a skill says, at once or bit by bit."""
    if answer.stream is None:
        return answer.text
    return "".join([piece async for piece in answer.stream if isinstance(piece, str)]).strip()
