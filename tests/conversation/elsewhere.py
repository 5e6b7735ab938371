"""A whole session whose conversation is a server on this machine, in virtual time."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from device import events as e
from device.conversation.base import Conversation
from device.conversation.cascade import Cascade
from device.conversation.door import Door, Engine
from device.conversation.hands import Tools
from device.outside import Outside, Unit
from device.pipeline.mock import MockStt
from tests.flow import Rig, flow

S = TypeVar("S", bound=AbstractAsyncContextManager[Any])
Opened = Callable[[Cascade, Outside, Callable[[], float]], Engine]
"""The engine beside a local chain; it asks how many tokens came in so far."""


@dataclass
class Told(Generic[S]):
    """What came of it."""

    rig: Rig
    server: S
    left: list[e.CloudChanged]
    spent: dict[Unit, float]

    @property
    def understood(self) -> list[str]:
        return [one.text for one in self.rig.of(e.FinalTranscript)]

    @property
    def replies(self) -> list[str]:
        return [one.text for one in self.rig.of(e.ReplyText) if one.is_final]


def converse(
    server: S, opened: Opened, scene: Callable[[Rig], Awaitable[None]], *,
    stt: MockStt | None = None, tools: Tools | None = None, mode: e.BargeIn = e.BargeIn.FULL,
) -> Told[S]:  # fmt: skip
    """Let a speaker whose conversation is that server live through a scene."""
    left: list[e.CloudChanged] = []
    spent: dict[Unit, float] = {}

    def note(event: e.Event) -> None:
        assert isinstance(event, e.CloudChanged)
        left.append(event)

    def spend(_service: str, unit: Unit, amount: float) -> None:
        spent[unit] = spent.get(unit, 0.0) + amount

    def through(cascade: Cascade) -> Conversation:
        outside = Outside(note, spend)
        return Door(cascade, opened(cascade, outside, lambda: spent.get(Unit.INPUT_TOKENS, 0.0)))

    rig = flow(scene, stt=stt, through=through, mode=mode, beside=server, tools=tools)
    return Told(rig, server, left, spent)
