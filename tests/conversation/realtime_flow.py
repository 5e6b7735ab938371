"""A whole session whose conversation is a Realtime server on this machine, in virtual time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from device import events as e
from device.config import RealtimeConfig
from device.conversation.base import Conversation
from device.conversation.cascade import Cascade
from device.conversation.door import Door
from device.conversation.hands import Tools as HandTools
from device.conversation.realtime import Account, Realtime
from device.conversation.speech_tools import NoTools, Tools
from device.dialog.history import Exchange
from device.outside import Outside, Unit
from device.pipeline.mock import MockStt
from tests.fakes.realtime_server import KEY, MODEL, FakeRealtime
from tests.flow import Rig, flow, silence, speech, wake_word

Scene = Callable[[Rig, FakeRealtime], Awaitable[None]]


@dataclass
class Told:
    """What came of it."""

    rig: Rig
    server: FakeRealtime
    left: list[e.CloudChanged] = field(default_factory=list)
    spent: dict[Unit, float] = field(default_factory=dict)

    @property
    def understood(self) -> list[str]:
        return [one.text for one in self.rig.of(e.FinalTranscript)]

    @property
    def replies(self) -> list[str]:
        return [one.text for one in self.rig.of(e.ReplyText) if one.is_final]


def tell(
    server: FakeRealtime, scene: Scene, *, stt: MockStt | None = None,
    tools: Callable[[Cascade], Tools] = lambda _cascade: NoTools(), key: str = KEY,
    acts: HandTools | None = None, said_before: Sequence[Exchange] = (),
    mode: e.BargeIn = e.BargeIn.FULL, **config: Any,
) -> Told:  # fmt: skip
    """Let a speaker whose conversation is that server live through a scene."""
    left: list[e.CloudChanged] = []
    spent: dict[Unit, float] = {}

    def note(event: e.Event) -> None:
        assert isinstance(event, e.CloudChanged)
        left.append(event)

    def spend(_service: str, unit: Unit, amount: float) -> None:
        spent[unit] = spent.get(unit, 0.0) + amount

    def through(cascade: Cascade) -> Conversation:
        account = Account(server.url, key)
        engine = Realtime(
            RealtimeConfig(model=MODEL, **config), account, "en", Outside(note, spend),
            tools(cascade), lambda: said_before,
            lambda: spent.get(Unit.INPUT_TOKENS, 0.0),
        )  # fmt: skip
        return Door(cascade, engine)

    async def main(rig: Rig) -> None:
        await scene(rig, server)

    rig = flow(main, stt=stt, through=through, mode=mode, beside=server, tools=acts)
    return Told(rig, server, left, spent)


async def asks(rig: Rig, seconds: float = 1.2) -> None:
    """Somebody calls and says something."""
    await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(seconds), silence(0.8))
