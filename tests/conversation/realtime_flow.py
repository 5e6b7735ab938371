"""A whole session whose conversation is a Realtime server on this machine, in virtual time."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from device import events as e
from device.config import RealtimeConfig
from device.conversation.cascade import Cascade
from device.conversation.hands import Tools as HandTools
from device.conversation.realtime import Account, Realtime
from device.conversation.speech_tools import SpeechTools, Tools
from device.dialog.briefed import Briefed
from device.dialog.history import Exchange
from device.outside import Outside
from device.pipeline.mock import MockStt
from tests.conversation import elsewhere
from tests.fakes.realtime_server import KEY, MODEL, FakeRealtime
from tests.flow import Rig, silence, speech, wake_word

Told = elsewhere.Told[FakeRealtime]
Scene = Callable[[Rig, FakeRealtime], Awaitable[None]]


def tell(
    server: FakeRealtime, scene: Scene, *, stt: MockStt | None = None,
    tools: Callable[[Cascade], Tools] = lambda cascade: SpeechTools(Briefed(None), cascade),
    key: str = KEY,
    acts: HandTools | None = None, said_before: Sequence[Exchange] = (),
    mode: e.BargeIn = e.BargeIn.FULL, **config: Any,
) -> Told:  # fmt: skip
    """Let a speaker whose conversation is that server live through a scene."""

    def opened(cascade: Cascade, outside: Outside, tokens: Callable[[], float]) -> Realtime:
        return Realtime(
            RealtimeConfig(model=MODEL, **config), Account(server.url, key), "en", outside,
            tools(cascade), lambda: said_before, tokens,
        )  # fmt: skip

    async def main(rig: Rig) -> None:
        await scene(rig, server)

    return elsewhere.converse(server, opened, main, stt=stt, tools=acts, mode=mode)


async def asks(rig: Rig, seconds: float = 1.2) -> None:
    """Somebody calls and says something."""
    await rig.hear(silence(1.0), wake_word(), silence(0.2), speech(seconds), silence(0.8))
