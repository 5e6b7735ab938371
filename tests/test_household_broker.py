"""The home on a real broker, with a zigbee2mqtt that nobody configured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.broker import Broker
from benchmarks.zigbee2mqtt import Zigbee2mqtt
from device import events as e
from device.bus import Bus
from device.config import HomeConfig
from device.dialog.agent import LocalAgent
from device.dialog.base import DialogContext
from device.executor import open_executor
from device.home.actions import Actuator
from device.home.home import Home
from device.home.kept import KeptHome
from device.home.learned import Learned
from device.household import Household
from device.mqtt.client import MqttClient
from device.tasks import end
from device.types import Outcome


@asynccontextmanager
async def real_home(
    broker: Broker, folder: Path
) -> AsyncIterator[tuple[LocalAgent, Actuator, Any]]:
    """A household on a real broker; gives agent, actuator and a wait for HomeChanged."""
    bus = Bus()
    told = bus.subscribe()
    client = MqttClient(
        broker.config,
        "kitchen",
        lambda healthy, code: bus.tell(e.HealthChanged(part="broker", healthy=healthy, code=code)),
    )
    kept, learned = KeptHome(folder), Learned(HomeConfig())
    learned.take(kept.messages)
    home = Home(learned.devices())
    agent = LocalAgent(home.entities, home)

    async def nobody() -> None:
        """There is no recogniser."""

    household = Household(client, learned, kept, home, agent, nobody, bus, open_executor("home"))

    async def changed(*names: str) -> None:
        async with asyncio.timeout(30):
            async for event in told:
                known = [entity.name for entity in home.entities]
                if isinstance(event, e.HomeChanged) and known == list(names):
                    return

    tasks = [asyncio.create_task(client.run()), asyncio.create_task(household.run())]
    actuator = Actuator(client)
    try:
        yield agent, actuator, changed
    finally:
        await actuator.close()
        await end(*tasks)


async def say(agent: LocalAgent, actuator: Actuator, text: str) -> list[Outcome]:
    answer = agent.answer(text, "en", DialogContext())
    started = [await actuator.start(action) for action in answer.actions]
    return [await confirmation.within(10) for confirmation in started]


@pytest.mark.broker
@pytest.mark.parametrize("discovery", [True, False])
async def test_a_lamp_appears_obeys_is_renamed_and_disappears(
    broker: Broker, tmp_path: Path, discovery: bool
) -> None:
    lamps = Zigbee2mqtt("127.0.0.1", broker.port, "reading lamp", discovery=discovery)
    with lamps:
        async with real_home(broker, tmp_path) as (agent, actuator, changed):
            await changed("reading lamp")
            assert await say(agent, actuator, "turn off the reading lamp") == [Outcome.CONFIRMED]
            assert lamps.commands == [("reading lamp", {"state": "OFF"})]
            assert agent.answer("is the reading lamp on", "en", DialogContext()).text == "No, off"

            lamps.rename("reading lamp", "corner lamp")
            await changed("corner lamp")
            assert await say(agent, actuator, "set the corner lamp to 50 percent") == [
                Outcome.CONFIRMED
            ]
            assert lamps.commands[-1][1]["brightness"] == 127
            assert await say(agent, actuator, "turn off the reading lamp") == []

            lamps.leave("corner lamp")
            await changed()


@pytest.mark.broker
async def test_a_lamp_is_known_without_a_broker_and_obeys_when_it_is_back(
    broker: Broker, tmp_path: Path
) -> None:
    with Zigbee2mqtt("127.0.0.1", broker.port, "reading lamp"):
        async with real_home(broker, tmp_path) as (_, _, changed):
            await changed("reading lamp")
    broker.stop()

    async with real_home(broker, tmp_path) as (agent, actuator, changed):
        assert await say(agent, actuator, "turn off the reading lamp") == [Outcome.FAILED]
        broker.start()
        with Zigbee2mqtt("127.0.0.1", broker.port, "reading lamp", "desk lamp"):
            await changed("reading lamp", "desk lamp")
            assert await say(agent, actuator, "turn on the desk lamp") == [Outcome.CONFIRMED]
