"""MQTT 5 where the broker knows it, 3.1.1 elsewhere."""

import asyncio

import aiomqtt
import pytest

from benchmarks.broker import Broker
from device.errors import BrokerRefused
from device.mqtt.client import MqttClient
from tests.mqtt.clients import OldBroker, online, running, true_soon

REFUSALS = [
    OldBroker.NEWER_REFUSED,
    OldBroker.NEWER_REFUSED_IN_ITS_WORDS,
    OldBroker.SILENCE,
]


@pytest.mark.parametrize("answer", REFUSALS)
async def test_with_a_broker_that_knows_no_other_3_1_1_is_spoken_for_the_rest_of_the_run(
    answer: bytes,
) -> None:
    broker = OldBroker(answer)
    async with broker.serve() as config:
        client = MqttClient(config, "kitchen")
        for _ in range(2):
            async with running(client):
                assert await client.wait_connected(10)
                await client.publish("lamp/set", "ON")
        assert broker.versions == [5, 4, 4]
        assert any(b"lamp/set" in packet and b"ON" in packet for packet in broker.published)


async def test_mqtt_5_alone_is_refused_with_the_setting_to_change() -> None:
    broker = OldBroker(OldBroker.NEWER_REFUSED)
    async with broker.serve() as config:
        client = MqttClient(config.model_copy(update={"protocol": "5"}), "kitchen")
        async with running(client):
            await true_soon(lambda: client.problem)
        assert isinstance(client.problem, BrokerRefused)
        assert "protocol" in str(client.problem)
        assert broker.versions == [5]


async def test_3_1_1_can_be_asked_for() -> None:
    broker = OldBroker(OldBroker.NEWER_REFUSED)
    async with (
        broker.serve() as config,
        online(config.model_copy(update={"protocol": "3.1.1"})),
    ):
        assert broker.versions == [4]


@pytest.mark.broker
@pytest.mark.parametrize(("protocol", "level"), [("auto", "p5"), ("5", "p5"), ("3.1.1", "p2")])
async def test_a_real_broker_is_spoken_to_in_the_version_configured(
    broker: Broker, protocol: str, level: str
) -> None:
    async with online(broker.config.model_copy(update={"protocol": protocol})):
        assert f"({level}, " in broker.log


@pytest.mark.broker
async def test_a_command_expires_and_a_state_does_not(broker: Broker) -> None:
    """A message that the broker holds for a device tells how long it is still good."""
    async with (
        aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as lamp,
        online(broker.config) as client,
    ):
        await lamp.subscribe("#", qos=1)
        await client.publish("lamp/set", "ON")
        await client.report("parlor/kitchen/state", "idle")
        await client.tell("parlor/kitchen/event", "{}")
        expiry: dict[str, int | None] = {}
        async with asyncio.timeout(10):
            while "parlor/kitchen/event" not in expiry:
                message = await anext(lamp.messages)
                expiry[message.topic.value] = getattr(
                    message.properties, "MessageExpiryInterval", None
                )
    assert expiry["parlor/kitchen/state"] is None
    assert expiry["parlor/kitchen/event"] is None
    assert expiry["lamp/set"] in range(5, 11)
