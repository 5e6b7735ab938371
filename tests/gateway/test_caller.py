"""How fast a client is read, and what of its wishes reaches the conversation, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import WebSocket
from hypothesis import given
from hypothesis import strategies as st

from device import clock
from device import events as e
from device.config import GatewayConfig
from device.gateway.line import open_line
from device.gateway.reception import Reception
from device.gateway.voice.caller import Caller, Pace
from device.gateway.voice.codec import Opus
from device.gateway.voice.fullchat import FullChat
from device.gateway.voice.voicechat import RATE, Sound, sound_message
from device.hal.base import Microphone
from device.tasks import end
from tests.gateway.toy import Room

START = '{"type":"start","listen":"on_request"}'
LISTEN, CUT = e.ListenRequested(by="api"), e.Interrupted(by="api")


class Far:
    """The other end of a WebSocket, as Starlette sees it."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.got: list[dict[str, Any]] = []
        self.sent.put_nowait({"type": "websocket.connect"})

    def say(self, *messages: str | bytes) -> None:
        for message in messages:
            field = "text" if isinstance(message, str) else "bytes"
            self.sent.put_nowait({"type": "websocket.receive", field: message})

    def hang_up(self) -> None:
        self.sent.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def take(self, message: Any) -> None:
        self.got.append(message)

    @asynccontextmanager
    async def calling(self, room: Room) -> AsyncIterator[asyncio.Task[None]]:
        """Somebody in that room talks with this one until it hangs up."""

        @asynccontextmanager
        async def welcome(microphone: Microphone, *_: object) -> AsyncIterator[Room]:
            hearing = asyncio.create_task(hear(microphone))
            yield room
            await end(hearing)

        socket = WebSocket({"type": "websocket"}, self.sent.get, self.take)
        reception = Reception(GatewayConfig(), welcome)
        async with open_line(socket) as line:
            caller = Caller(line, FullChat("s", lambda: Opus(RATE)), RATE, RATE, 0.2)
            async with reception.visit("voice", caller.microphone, caller.speaker) as stay:
                yield asyncio.create_task(caller.talk(stay, hands_free=False))


async def hear(microphone: Microphone) -> None:
    while await microphone.read() is not None:
        pass


def virtually(main: Coroutine[Any, Any, None]) -> None:
    clock.run_virtual(main)


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("state", "posted"),
    [
        (e.TurnState.IDLE, []), (e.TurnState.LISTENING, []), (e.TurnState.PROCESSING, [CUT]),
        (e.TurnState.RESPONDING, [CUT]),
    ],
)  # fmt: skip
def test_an_interruption_that_comes_too_late_cuts_nobody_short(
    state: e.TurnState, posted: list[e.Event]
) -> None:
    async def main() -> None:
        far, room = Far(), Room()
        async with far.calling(room) as talking:
            far.say(START)
            await asyncio.sleep(0.1)
            room.bus.tell(e.StateChanged(old=e.TurnState.IDLE, new=state))
            await asyncio.sleep(0.1)
            far.say('{"type":"interrupt"}')
            far.hang_up()
            await talking
        assert room.posted == posted
        assert any("interrupt_acknowledged" in one.get("text", "") for one in far.got)

    virtually(main())


def test_whoever_changes_to_hands_free_and_back_is_listened_to_accordingly() -> None:
    async def main() -> None:
        far, room = Far(), Room()
        room.busy = True
        async with far.calling(room) as talking:
            for listen in ("always", "always", "on_request"):
                far.say(f'{{"type":"start","listen":"{listen}"}}')
            await asyncio.sleep(0.1)
            room.busy = False
            room.bus.tell(e.NoSpeech())
            await asyncio.sleep(0.1)
            assert room.posted == []
            far.say('{"type":"start"}', '{"type":"start"}')
            await asyncio.sleep(0.1)
            far.hang_up()
            await talking
        assert room.posted == [LISTEN]

    virtually(main())


def test_whoever_changes_to_the_talk_button_is_not_heard_any_more() -> None:
    async def main() -> None:
        far, room = Far(), Room()
        async with far.calling(room) as talking:
            far.say('{"type":"start"}')
            await asyncio.sleep(0.1)
            room.busy = True
            room.bus.tell(e.StateChanged(old=e.TurnState.IDLE, new=e.TurnState.LISTENING))
            await asyncio.sleep(0.1)
            far.say(START)
            far.hang_up()
            await talking
        assert room.posted == [LISTEN, CUT]

    virtually(main())


def test_a_flood_of_tiny_messages_is_read_slowly() -> None:
    async def main() -> None:
        far, room = Far(), Room()
        far.say(START, *[sound_message(Sound(b"\x01\x00"))] * 2_000)
        far.hang_up()
        async with far.calling(room) as talking:
            await talking
            assert now() > 10.0

    virtually(main())


def test_a_browser_is_read_as_it_sends() -> None:
    async def main() -> None:
        far, room = Far(), Room()
        far.say(START)
        async with far.calling(room) as talking:
            for _ in range(200):
                far.say(sound_message(Sound(bytes(4_096))))
                await asyncio.sleep(2_048 / RATE)
            began = now()
            far.hang_up()
            await talking
            assert now() - began < 0.1

    virtually(main())


def test_whoever_records_faster_than_it_is_heard_has_to_wait() -> None:
    async def main() -> None:
        far, room = Far(), Room()
        far.say(START, *[sound_message(Sound(bytes(48_000)))] * 60)
        far.hang_up()
        async with far.calling(room) as talking:
            await asyncio.sleep(1.0)
            assert not talking.done()
            assert far.sent.qsize() > 40
            await talking

    virtually(main())


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.1, 20)), min_size=1, max_size=100))
def test_nobody_goes_faster_than_the_pace_but_for_the_burst(
    steps: list[tuple[float, float]],
) -> None:
    pace, at, spent = Pace(10.0, 50.0), 0.0, 0.0
    for pause, cost in steps:
        at += pause
        at += pace.take(cost, at)
        spent += cost
        assert spent <= 50.0 + 10.0 * at + 1e-6
