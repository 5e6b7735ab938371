"""Speaker and Home Assistant come and go."""

import asyncio
import json

import aiomqtt

from benchmarks.broker import Broker
from device import events as e
from tests.ha.api import Api, log_in
from tests.ha.instance import HomeAssistant
from tests.ha.speaker import a_speaker

CONFIG = "homeassistant/device/parlor/kitchen/config"


async def test_a_speaker_that_stops_is_unavailable_until_it_is_back(
    api: Api, house_broker: Broker
) -> None:
    async with a_speaker(house_broker.port):
        await api.until("sensor.kitchen_state", "idle")
    await api.until("sensor.kitchen_state", "unavailable")
    states = await api.states()
    ours = [states[each["entity_id"]] for each in (await api.entities("parlor_kitchen")).values()]
    assert {state["state"] for state in ours} == {"unavailable"}
    async with a_speaker(house_broker.port):
        await api.until("sensor.kitchen_state", "idle")


async def test_what_was_set_in_home_assistant_survives_a_restart_of_the_speaker(
    api: Api, house_broker: Broker
) -> None:
    async with a_speaker(house_broker.port) as speaker:
        await api.until("number.kitchen_volume", "70")
        await api.act("number.set_value", "number.kitchen_volume", value=30)
        await api.act("switch.turn_on", "switch.kitchen_mute")
        await speaker.until(e.VolumeChanged)
        await api.until("switch.kitchen_mute", "on")
    await api.until("number.kitchen_volume", "unavailable")
    async with a_speaker(house_broker.port):
        await api.until("number.kitchen_volume", "30")
        await api.until("switch.kitchen_mute", "on")


async def test_a_component_that_is_gone_disappears_and_the_others_stay(
    api: Api, house_broker: Broker
) -> None:
    async with a_speaker(house_broker.port):
        await api.until("light.kitchen_light", "on")
    async with a_speaker(house_broker.port, lights=False):
        await api.until_gone("light.kitchen_light")
        assert "parlor_kitchen_light" not in await api.entities("parlor_kitchen")
        await api.until("number.kitchen_volume", "70")
    async with a_speaker(house_broker.port):
        await api.until("light.kitchen_light", "on")


async def test_a_speaker_that_announces_itself_no_more_is_forgotten(
    api: Api, house_broker: Broker
) -> None:
    async with a_speaker(house_broker.port):
        await api.until("sensor.kitchen_state", "idle")
    async with a_speaker(house_broker.port, discovery=False):
        await api.until_gone("sensor.kitchen_state")
    assert await api.device("parlor_kitchen") is None


async def test_home_assistant_finds_everything_again_after_a_restart(
    assistant: HomeAssistant, house_broker: Broker
) -> None:
    async with (
        a_speaker(house_broker.port) as speaker,
        aiomqtt.Client("127.0.0.1", house_broker.port) as onlooker,
    ):
        async with log_in(assistant.address, assistant.token) as api:
            await api.until("light.kitchen_light", "on")
            before = await api.entities("parlor_kitchen")
        await asyncio.to_thread(assistant.stop)
        speaker.post(e.VolumeChanged(volume=0.2))
        await onlooker.subscribe(CONFIG, qos=1)
        await asyncio.to_thread(assistant.start)
        async with log_in(assistant.address, assistant.token) as api:
            await api.until("number.kitchen_volume", "20")
            await api.until("light.kitchen_light", "on")
            assert set(await api.entities("parlor_kitchen")) == set(before)
        again = await _announced_anew(onlooker)
        assert set(again["components"]) == {
            entry.removeprefix("parlor_kitchen_") for entry in before
        }


async def _announced_anew(onlooker: aiomqtt.Client) -> dict[str, dict[str, object]]:
    """The announcement that follows the birth of Home Assistant."""
    async with asyncio.timeout(20):
        async for message in onlooker.messages:
            if not message.retain:
                assert isinstance(message.payload, bytes)
                announced: dict[str, dict[str, object]] = json.loads(message.payload)
                return announced
    raise AssertionError
