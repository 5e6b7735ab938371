import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from device.clock import run_virtual
from device.config import EntityConfig
from device.home.actions import Actuator
from device.home.entities import load_devices
from device.home.home import Home
from device.home.mock import Fault, SimulatedHome
from device.types import Action, Domain, Intent, Outcome

DEVICES = load_devices(
    [
        EntityConfig(name="lamp", domain=Domain.LIGHT, preset="zigbee2mqtt"),
        EntityConfig(name="plug", domain=Domain.SWITCH, preset="tasmota"),
        EntityConfig(name="scene", domain=Domain.SCENE, command_topic="scenes/set"),
    ]
)


def actions(*ids: str) -> tuple[Action, ...]:
    return Home(DEVICES).plan(Intent("HassTurnOn", {"entity_id": list(ids)}))


def outcome(port: SimulatedHome, entity_id: str, *waits: float) -> list[Outcome]:
    async def act() -> list[Outcome]:
        actuator = Actuator(port, confirm_seconds=5.0, hold_seconds=0)
        confirmation = await actuator.start(actions(entity_id)[0])
        found = [await confirmation.within(seconds) for seconds in waits]
        await actuator.close()
        return found

    return run_virtual(act())


@pytest.mark.parametrize("entity_id", ["light.lamp", "switch.plug"])
def test_a_device_that_reports_confirms_before_the_reply(entity_id: str) -> None:
    port = SimulatedHome(DEVICES)

    assert outcome(port, entity_id, 0.25) == [Outcome.CONFIRMED]
    assert len(port.published) == 1


def test_a_device_without_a_state_topic_is_taken_at_its_word() -> None:
    assert outcome(SimulatedHome(DEVICES), "scene.scene", 0.25) == [Outcome.SENT]


def test_a_slow_device_confirms_after_the_reply() -> None:
    port = SimulatedHome(DEVICES, delay_seconds=2.0)

    assert outcome(port, "light.lamp", 0.25, 5.0) == [Outcome.UNCONFIRMED, Outcome.CONFIRMED]


@pytest.mark.parametrize("fault", list(Fault))
def test_a_device_that_does_not_obey_stays_unconfirmed(fault: Fault) -> None:
    port = SimulatedHome(DEVICES)
    port.faults["light.lamp"] = fault

    assert outcome(port, "light.lamp", 0.25, 60.0) == [Outcome.UNCONFIRMED] * 2


def test_waiting_ends_after_the_configured_seconds() -> None:
    async def act() -> float:
        port = SimulatedHome()
        await Actuator(port, confirm_seconds=5.0, hold_seconds=0).perform(actions("light.lamp")[0])
        return asyncio.get_running_loop().time()

    assert run_virtual(act()) == pytest.approx(5.0)


def test_an_unreachable_broker_is_a_failure_at_once() -> None:
    port = SimulatedHome(DEVICES)
    port.connected = False

    assert outcome(port, "light.lamp", 0.25) == [Outcome.FAILED]
    assert outcome(port, "scene.scene", 0.25) == [Outcome.FAILED]
    assert port.published == []


def test_reports_from_before_the_command_confirm_nothing() -> None:
    async def act() -> Outcome:
        port = SimulatedHome()
        port.report("zigbee2mqtt/lamp", '{"state": "ON"}')
        return await Actuator(port, hold_seconds=0).perform(actions("light.lamp")[0])

    assert run_virtual(act()) is Outcome.UNCONFIRMED


def test_several_commands_are_confirmed_side_by_side() -> None:
    async def act() -> tuple[list[Outcome], float]:
        port = SimulatedHome(DEVICES, delay_seconds=1.0)
        actuator = Actuator(port, hold_seconds=0)
        started = [await actuator.start(one) for one in actions("light.lamp", "switch.plug")]
        found = [await one.within(5.0) for one in started]
        return found, asyncio.get_running_loop().time()

    found, seconds = run_virtual(act())

    assert found == [Outcome.CONFIRMED] * 2
    assert seconds == pytest.approx(1.0)


class RealPort:
    """Answers from a thread after real time, as a broker does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._payloads: asyncio.Queue[str] = asyncio.Queue()

    async def publish(self, topic: str, payload: str) -> None:
        loop = asyncio.get_running_loop()
        answer = partial(loop.call_soon_threadsafe, self._payloads.put_nowait, '{"state": "ON"}')
        threading.Timer(self._seconds, answer).start()

    @asynccontextmanager
    async def watch(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        yield self._received()

    async def _received(self) -> AsyncIterator[str]:
        while True:
            yield await self._payloads.get()


def test_virtual_time_stands_still_while_a_real_broker_answers() -> None:
    async def act() -> tuple[Outcome, float]:
        confirmation = await Actuator(RealPort(0.05)).start(actions("light.lamp")[0])
        found = await confirmation.within(0.25)
        return found, asyncio.get_running_loop().time()

    assert run_virtual(act()) == (Outcome.CONFIRMED, 0.0)


def test_closing_gives_up_what_is_open() -> None:
    async def act() -> Outcome:
        actuator = Actuator(SimulatedHome(), hold_seconds=0)
        confirmation = await actuator.start(actions("light.lamp")[0])
        await asyncio.sleep(0.1)
        await actuator.close()
        await actuator.close()
        return await confirmation.within(60.0)

    assert run_virtual(act()) is Outcome.UNCONFIRMED
