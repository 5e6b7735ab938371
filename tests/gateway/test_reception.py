"""How many are spoken with at a time, and for how long, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from device import clock
from device import events as e
from device.config import ConversationEngine, GatewayConfig
from device.errors import EngineMissing, HouseFull, VisitOver
from device.gateway.hands_free import keep_listening
from device.gateway.reception import Reception
from device.hal.base import Microphone, Speaker
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from device.tasks import end
from tests.gateway.toy import Room


class House:
    """Rooms for everybody who is let in."""

    def __init__(self, **options: Any) -> None:
        self.rooms: list[Room] = []
        self.engines: list[str] = []
        self.left = 0
        self.reception = Reception(GatewayConfig.model_validate(options), self.welcome)

    @asynccontextmanager
    async def welcome(
        self, microphone: Microphone, speaker: Speaker, engine: ConversationEngine
    ) -> AsyncIterator[Room]:
        self.engines.append(engine)
        self.rooms.append(Room())
        try:
            yield self.rooms[-1]
        finally:
            self.left += 1

    def visit(self, door: str = "voice") -> Any:
        microphone = NetworkMicrophone(24_000)
        speaker = NetworkSpeaker(24_000, lambda _chunk: None, lambda: None)
        return self.reception.visit(door, microphone, speaker)

    @property
    def figures(self) -> dict[str, float]:
        """By name and label."""
        lines = [line for line in self.reception.metrics() if not line.startswith("#")]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def now() -> float:
    return asyncio.get_running_loop().time()


def virtually(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    clock.run_virtual(main())


async def test_a_full_house_lets_in_again_when_somebody_goes() -> None:
    house = House(sessions=2)
    async with house.visit("voice"):
        async with house.visit("phone"):
            with pytest.raises(HouseFull):
                async with house.visit("voice"):
                    pass
        async with house.visit("realtime"):
            pass
    name = "parlor_gateway"
    assert house.figures == {
        f'{name}_sessions{{door="voice"}}': 0, f'{name}_sessions{{door="phone"}}': 0,
        f'{name}_sessions{{door="realtime"}}': 0, f'{name}_sessions_total{{door="voice"}}': 1,
        f'{name}_sessions_total{{door="phone"}}': 1,
        f'{name}_sessions_total{{door="realtime"}}': 1, f'{name}_full_total{{door="voice"}}': 1,
    }  # fmt: skip


async def test_who_cannot_be_welcomed_takes_no_room() -> None:
    @asynccontextmanager
    async def nobody(*_: object) -> AsyncIterator[Room]:
        raise EngineMissing("gone")
        yield Room()

    house = House(sessions=1)
    house.reception = Reception(GatewayConfig(sessions=1), nobody)
    for _ in range(3):
        with pytest.raises(EngineMissing):
            async with house.visit():
                pass


def test_whoever_says_nothing_is_shown_out() -> None:
    async def main() -> None:
        house, began = House(idle_seconds=60), now()
        with pytest.raises(VisitOver):
            async with house.visit():
                await asyncio.sleep(1_000)
        assert now() - began == pytest.approx(60)
        assert house.left == 1
        assert house.figures['parlor_gateway_expired_total{door="voice"}'] == 1

    virtually(main)


@pytest.mark.parametrize(
    "sign",
    [e.SpeechStarted(turn_id=1), e.UtteranceGiven(text="x"), e.PlaybackFinished(heard_seconds=1)],
)
def test_whoever_speaks_or_is_spoken_to_may_stay(sign: e.Event) -> None:
    async def main() -> None:
        house = House(idle_seconds=60)
        async with house.visit():
            for _ in range(5):
                await asyncio.sleep(50)
                house.rooms[0].bus.tell(sign)

    virtually(main)


def test_what_only_happens_is_no_sign_of_life() -> None:
    async def main() -> None:
        house = House(idle_seconds=60)

        async def stay() -> None:
            async with house.visit():
                await asyncio.sleep(50)
                house.rooms[0].bus.tell(e.NoSpeech(turn_id=1))
                await asyncio.sleep(20)

        with pytest.raises(VisitOver):
            await stay()

    virtually(main)


def test_whoever_is_busy_all_the_time_is_shown_out_in_the_end() -> None:
    async def main() -> None:
        house, began = House(idle_seconds=60, total_seconds=100), now()

        async def stay() -> None:
            async with house.visit() as stay:
                while True:
                    await asyncio.sleep(7)
                    stay.touch()

        with pytest.raises(VisitOver):
            await stay()
        assert now() - began == pytest.approx(100)

    virtually(main)


async def test_a_doors_own_time_limit_is_its_own_error() -> None:
    house = House()
    with pytest.raises(TimeoutError):
        async with house.visit(), asyncio.timeout(0.01):
            await asyncio.sleep(10)
    assert house.left == 1


@pytest.mark.parametrize("door", ["voice", "realtime", "webrtc", "phone"])
async def test_each_door_is_answered_by_its_own_engine(door: str) -> None:
    house = House(**{f"{door}_engine": "duplex"})
    async with house.visit(door), house.visit("another"):
        assert house.engines == ["duplex", "local"]


async def test_a_stay_is_the_visit() -> None:
    house = House()
    async with house.visit() as stay:
        stay.post(e.StopRequested(by="api"))
        stay.forget()
        house.rooms[0].busy = True
        assert stay.busy
        assert house.rooms[0].posted == [e.StopRequested(by="api")]
        assert house.rooms[0].forgotten == 1


def test_hands_free_listens_again_whenever_nothing_is_under_way() -> None:
    async def main() -> None:
        room, listen = Room(), e.ListenRequested(by="api")
        listening = asyncio.create_task(keep_listening(room))
        await asyncio.sleep(0.1)
        assert room.posted == [listen]
        room.busy = True
        room.bus.tell(e.StateChanged(old=e.TurnState.PROCESSING, new=e.TurnState.RESPONDING))
        await asyncio.sleep(0.1)
        assert room.posted == [listen]
        room.busy = False
        room.bus.tell(e.StateChanged(old=e.TurnState.RESPONDING, new=e.TurnState.IDLE))
        await asyncio.sleep(0.1)
        assert room.posted == [listen, listen]
        await end(listening)

    virtually(main)


def test_hands_free_asks_a_muted_microphone_once() -> None:
    async def main() -> None:
        room = Room()
        listening = asyncio.create_task(keep_listening(room))
        await asyncio.sleep(0.1)
        assert len(room.posted) == 1
        await end(listening)

    virtually(main)


def test_hands_free_waits_before_it_asks_again_for_what_failed() -> None:
    async def main() -> None:
        room = Room()
        room.busy = True
        listening = asyncio.create_task(keep_listening(room))
        await asyncio.sleep(0.1)
        assert room.posted == []
        room.bus.tell(e.StageFailed(stage="vad", code="engine-failed", message=""))
        await asyncio.sleep(0.1)
        room.busy = False
        room.bus.tell(e.StateChanged(old=e.TurnState.LISTENING, new=e.TurnState.IDLE))
        await asyncio.sleep(0.5)
        assert room.posted == []
        await asyncio.sleep(1.0)
        assert len(room.posted) == 1
        await end(listening)

    virtually(main)


def test_hands_free_does_not_cut_what_was_typed_while_it_waited() -> None:
    async def main() -> None:
        room = Room()
        room.busy = True
        listening = asyncio.create_task(keep_listening(room))
        await asyncio.sleep(0.1)
        room.busy = False
        room.bus.tell(e.StageFailed(stage="vad", code="engine-failed", message=""))
        await asyncio.sleep(0.5)
        room.busy = True
        await asyncio.sleep(1.0)
        assert room.posted == []
        await end(listening)

    virtually(main)
