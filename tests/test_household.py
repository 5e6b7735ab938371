"""The home as it appears, changes and disappears, in virtual time."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from device import events as e
from device.bus import Bus
from device.clock import run_virtual
from device.config import HomeConfig
from device.errors import BrokerError, EngineError
from device.executor import open_executor
from device.home.home import Home
from device.home.kept import KeptHome
from device.home.learned import Learned
from device.home.zigbee2mqtt import MAXIMUM_LIST
from device.household import FORGET_SECONDS, GATHER_SECONDS, Handler, Household
from device.tasks import end
from device.types import Entity
from tests.home.announced import TASMOTA_PLUG, ZIGBEE_LAMP

LAMP = "homeassistant/light/0x1/light/config"
PLUG = "homeassistant/switch/plug/config"
STATE = "zigbee2mqtt/reading lamp"


class Line:
    """A broker's line without a broker."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.refused: set[str] = set()

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        if topic_filter in self.refused:
            raise BrokerError("no topic")
        assert topic_filter not in self.handlers
        self.handlers[topic_filter] = handler

    def unsubscribe(self, topic_filter: str) -> None:
        del self.handlers[topic_filter]

    def announce(self, topic: str, message: object, retained: bool = True) -> None:
        payload = message if isinstance(message, str) else json.dumps(message)
        self.handlers["homeassistant/+/+/config"](topic, payload, retained)


class Names:
    """An agent that knows names and nothing else."""

    def __init__(self) -> None:
        self.adopted: list[list[str]] = []
        self.problem: Exception | None = None

    def adopt(self, entities: Sequence[Entity]) -> None:
        if self.problem is not None:
            raise self.problem
        self.adopted.append([entity.name for entity in entities])


@dataclass
class Parts:
    """A household and what is around it."""

    folder: Path
    line: Line = field(default_factory=Line)
    agent: Names = field(default_factory=Names)
    bus: Bus = field(default_factory=Bus)
    recogniser_problem: EngineError | None = None

    def __post_init__(self) -> None:
        self.kept = KeptHome(self.folder)
        self.learned = Learned(HomeConfig())
        self.learned.take(self.kept.messages)
        self.home = Home(self.learned.devices())
        self.told = self.bus.subscribe()
        self.recogniser: list[int] = []

    async def adopt(self) -> None:
        if self.recogniser_problem is not None:
            raise self.recogniser_problem
        self.recogniser.append(len(self.agent.adopted))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Household]:
        household = Household(
            self.line, self.learned, self.kept, self.home, self.agent, self.adopt, self.bus,
            open_executor("home"),
        )  # fmt: skip
        task = asyncio.create_task(household.run())
        await asyncio.sleep(0.1)
        try:
            yield household
        finally:
            assert not task.done()
            await end(task)

    @property
    def names(self) -> list[str]:
        return [entity.name for entity in self.home.entities]

    async def events(self) -> list[e.Event]:
        self.bus.close()
        return [event async for event in self.told if isinstance(event, e.HomeChanged)]


def test_what_is_announced_is_known_once_it_is_quiet(tmp_path: Path) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        async with parts.running():
            parts.line.announce(LAMP, ZIGBEE_LAMP)
            await asyncio.sleep(0.5)
            parts.line.announce(PLUG, TASMOTA_PLUG)
            await asyncio.sleep(0.9)
            assert parts.names == []
            await asyncio.sleep(0.3)

        assert parts.names == ["reading lamp", "Coffee machine"]
        assert parts.agent.adopted == [["reading lamp", "Coffee machine"]]
        assert parts.recogniser == [1]
        assert await parts.events() == [e.HomeChanged(entities=2)]

    run_virtual(act())


def test_a_home_that_is_never_quiet_is_learned_all_the_same(tmp_path: Path) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        async with parts.running():
            for _ in range(round(2 * GATHER_SECONDS)):
                parts.line.announce(LAMP, ZIGBEE_LAMP)
                await asyncio.sleep(0.6)

        assert parts.names == ["reading lamp"]
        assert len(parts.agent.adopted) == 1

    run_virtual(act())


def test_states_are_followed_where_the_home_reports(tmp_path: Path) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        async with parts.running():
            filters = set(parts.line.handlers)
            parts.line.announce(LAMP, ZIGBEE_LAMP)
            await asyncio.sleep(2)
            assert parts.line.handlers.keys() - filters == {STATE}
            parts.line.handlers[STATE](STATE, '{"state": "ON"}', True)
            state = parts.home.state("light.reading_lamp")
            assert state is not None
            assert state.value == "on"
            moved = {**ZIGBEE_LAMP, "state_topic": "zigbee2mqtt/moved"}
            parts.line.announce(LAMP, moved)
            await asyncio.sleep(2)
            assert parts.line.handlers.keys() - filters == {"zigbee2mqtt/moved"}
            parts.line.announce(LAMP, "")
            await asyncio.sleep(2)

        assert parts.line.handlers.keys() == filters
        assert parts.names == []

    run_virtual(act())


def test_the_same_announcement_again_changes_nothing(tmp_path: Path) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        async with parts.running():
            for _ in range(3):
                parts.line.announce(LAMP, ZIGBEE_LAMP)
                await asyncio.sleep(2)

        assert len(parts.agent.adopted) == 1

    run_virtual(act())


def test_names_are_known_at_once_after_a_restart(tmp_path: Path) -> None:
    async def act() -> Parts:
        parts = Parts(tmp_path)
        async with parts.running():
            parts.line.announce(LAMP, ZIGBEE_LAMP)
            await asyncio.sleep(2)
        return parts

    run_virtual(act())

    assert Parts(tmp_path).names == ["reading lamp"]


def test_what_the_broker_keeps_no_more_is_forgotten(tmp_path: Path) -> None:
    async def act() -> None:
        before = Parts(tmp_path)
        async with before.running():
            before.line.announce(LAMP, ZIGBEE_LAMP, retained=True)
            before.line.announce(PLUG, TASMOTA_PLUG, retained=False)
            await asyncio.sleep(2)

        parts = Parts(tmp_path)
        async with parts.running():
            parts.bus.tell(e.HealthChanged(part="broker", healthy=True))
            await asyncio.sleep(FORGET_SECONDS - 1)
            assert parts.names == ["reading lamp", "Coffee machine"]
            await asyncio.sleep(3)

        assert parts.names == ["Coffee machine"]

    run_virtual(act())


def test_what_the_broker_still_keeps_stays(tmp_path: Path) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        async with parts.running():
            for _ in range(3):
                parts.bus.tell(e.HealthChanged(part="broker", healthy=True))
                parts.line.announce(LAMP, ZIGBEE_LAMP, retained=True)
                await asyncio.sleep(FORGET_SECONDS + 5)

        assert parts.names == ["reading lamp"]

    run_virtual(act())


@pytest.mark.parametrize("problem", [RuntimeError("odd"), EngineError("odd")])
def test_a_home_that_cannot_be_learned_silences_nobody(
    problem: Exception, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        parts.agent.problem = problem
        async with parts.running():
            parts.line.announce(LAMP, ZIGBEE_LAMP)
            await asyncio.sleep(2)
            assert "could not be learned" in caplog.text
            assert Parts(tmp_path).names == []
            parts.agent.problem = None
            parts.line.announce(PLUG, TASMOTA_PLUG)
            await asyncio.sleep(2)

        assert parts.agent.adopted == [["reading lamp", "Coffee machine"]]

    run_virtual(act())


def test_a_recogniser_that_fails_leaves_the_rest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def act() -> None:
        parts = Parts(tmp_path, recogniser_problem=EngineError("no memory"))
        async with parts.running():
            parts.line.announce(LAMP, ZIGBEE_LAMP)
            await asyncio.sleep(2)

        assert parts.names == ["reading lamp"]
        assert "cannot be recognised [engine-failed]" in caplog.text

    run_virtual(act())


def test_a_state_topic_that_is_none_leaves_the_others(tmp_path: Path) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        parts.line.refused = {STATE}
        async with parts.running():
            parts.line.announce(LAMP, ZIGBEE_LAMP)
            parts.line.announce(PLUG, TASMOTA_PLUG)
            await asyncio.sleep(2)
            parts.line.announce(LAMP, "")
            await asyncio.sleep(2)

        assert "tasmota_A1B2C3/tele/STATE" in parts.line.handlers

    run_virtual(act())


def test_a_device_that_claims_our_own_lists_does_not_end_the_learning(tmp_path: Path) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        async with parts.running():
            filters = set(parts.line.handlers)
            parts.line.announce(LAMP, {**ZIGBEE_LAMP, "state_topic": "zigbee2mqtt/bridge/devices"})
            await asyncio.sleep(2)
            parts.line.announce(LAMP, "")
            await asyncio.sleep(2)
            assert parts.line.handlers.keys() == filters

    run_virtual(act())


def test_a_message_that_is_far_too_long_is_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def act() -> None:
        parts = Parts(tmp_path)
        async with parts.running():
            parts.line.announce(LAMP, "x" * (MAXIMUM_LIST + 1))
            parts.line.announce(PLUG, TASMOTA_PLUG)
            await asyncio.sleep(2)

        assert parts.names == ["Coffee machine"]
        assert f"{LAMP} is dropped" in caplog.text

    run_virtual(act())


def test_settling_waits_for_what_was_announced(tmp_path: Path) -> None:
    async def act() -> list[list[str]]:
        parts = Parts(tmp_path)
        async with parts.running() as household:
            await household.settle(0.01)
            known = [parts.names]
            parts.line.announce(LAMP, ZIGBEE_LAMP)
            await household.settle()
            return [*known, parts.names]

    assert run_virtual(act()) == [[], ["reading lamp"]]
