import asyncio
import sys

import pytest

from benchmarks.broker import Broker
from device.clock import run_virtual
from device.errors import BrokerError, BrokerUnreachable
from device.mqtt.client import MqttClient
from tests.mqtt.clients import (
    AVAILABILITY,
    OldBroker,
    online,
    running,
    seen,
    somebody,
    true_soon,
    until,
)

pytestmark = pytest.mark.broker


async def test_the_speaker_is_online_while_connected_and_offline_after(broker: Broker) -> None:
    async with somebody(broker) as observer:
        async with online(broker.config):
            await until(observer, AVAILABILITY, "online")
        await until(observer, AVAILABILITY, "offline")
    async with somebody(broker) as latecomer:
        assert (await until(latecomer, AVAILABILITY, "offline")).retain


async def test_a_speaker_that_dies_is_declared_offline_by_the_broker(broker: Broker) -> None:
    program = (
        "import asyncio\n"
        "from device.config import MqttConfig\n"
        "from device.mqtt.client import MqttClient\n"
        f"config = MqttConfig(host='127.0.0.1', port={broker.port})\n"
        "asyncio.run(MqttClient(config, 'kitchen').run())\n"
    )
    async with somebody(broker) as observer:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
        await until(observer, AVAILABILITY, "online")
        process.kill()
        await process.wait()
        await until(observer, AVAILABILITY, "offline")


async def test_a_command_reaches_the_broker(broker: Broker) -> None:
    async with somebody(broker) as observer, online(broker.config) as client:
        await client.publish("zigbee2mqtt/lamp/set", '{"state": "ON"}')
        message = await until(observer, "zigbee2mqtt/lamp/set", '{"state": "ON"}')
        assert not message.retain


async def test_a_command_without_a_broker_fails_and_is_never_sent_late(broker: Broker) -> None:
    broker.stop()
    async with running(MqttClient(broker.config, "kitchen")) as client:
        with pytest.raises(BrokerUnreachable, match=r"127\.0\.0\.1"):
            await client.publish("lamp/set", "ON")
        with pytest.raises(BrokerUnreachable):
            async with client.watch("lamp/state"):
                pass
        broker.start()
        async with somebody(broker) as observer:
            assert await client.wait_connected(20)
            await client.publish("lamp/set", "OFF")
            async with asyncio.timeout(10):
                async for message in observer.messages:
                    assert message.payload != b"ON"
                    if message.payload == b"OFF":
                        break


async def test_a_command_fails_when_the_broker_dies_before_it_answers(broker: Broker) -> None:
    async with online(broker.config) as client:
        broker.stop()
        with pytest.raises(BrokerUnreachable, match="broker"):
            await client.publish("lamp/set", "ON")


async def test_a_command_that_is_cancelled_stays_cancelled(broker: Broker) -> None:
    async with online(broker.config) as client:
        broker.freeze()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.publish("lamp/set", "ON")
        assert client.connected


@pytest.mark.slow
async def test_a_command_to_a_broker_that_hangs_fails(broker: Broker) -> None:
    async with online(broker.config) as client:
        broker.freeze()
        with pytest.raises(BrokerUnreachable, match="timed out"):
            await client.publish("lamp/set", "ON")


async def test_states_told_while_offline_are_sent_at_connect_the_newest_only(
    broker: Broker,
) -> None:
    broker.stop()
    async with running(MqttClient(broker.config, "kitchen")) as client:
        await client.report("parlor/kitchen/state", "listening")
        await client.report("parlor/kitchen/state", "idle")
        broker.start()
        assert await client.wait_connected(20)
    async with somebody(broker, "parlor/kitchen/state") as observer:
        async with asyncio.timeout(10):
            message = await anext(aiter(observer.messages))
        assert (message.payload, message.retain) == (b"idle", True)


async def test_after_a_broker_restart_states_and_subscriptions_are_back(broker: Broker) -> None:
    heard: list[tuple[str, str, bool]] = []
    async with online(broker.config) as client:
        client.subscribe("parlor/kitchen/+/set", lambda *message: heard.append(message))
        await client.report("parlor/kitchen/state", "idle")
        broker.stop()
        await true_soon(lambda: not client.connected)
        broker.start()
        assert await client.wait_connected(20)
        async with somebody(broker) as observer:
            await seen(observer, {("parlor/kitchen/state", "idle"), (AVAILABILITY, "online")})
            await observer.publish("parlor/kitchen/stop/set", "PRESS", qos=1)
            await true_soon(lambda: heard)
    assert heard == [("parlor/kitchen/stop/set", "PRESS", False)]


async def test_a_handler_learns_that_a_message_was_retained(broker: Broker) -> None:
    heard: list[tuple[str, str, bool]] = []
    async with somebody(broker) as other:
        await other.publish("parlor/kitchen/mute/set", "ON", qos=1, retain=True)
    async with online(broker.config) as client:
        client.subscribe("parlor/kitchen/+/set", lambda *message: heard.append(message))
        await true_soon(lambda: heard)
    assert heard == [("parlor/kitchen/mute/set", "ON", True)]


async def test_thousands_of_retained_messages_at_connect_are_all_heard(broker: Broker) -> None:
    heard: set[str] = set()
    expected = {f"homeassistant/light/lamp{number}/config" for number in range(3_000)}
    async with somebody(broker, "nothing") as other:
        for topic in expected:
            await other.publish(topic, "{}", qos=0, retain=True)
        await other.publish("done", "", qos=1)
    client = MqttClient(broker.config, "kitchen")
    client.subscribe("homeassistant/#", lambda topic, _payload, _retained: heard.add(topic))
    for number in range(50):
        await client.report(f"parlor/kitchen/state{number}", "idle")
    async with running(client):
        await true_soon(lambda: len(heard) == len(expected))
    assert heard == expected


async def test_a_handler_that_fails_does_not_end_the_connection(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def careless(topic: str, payload: str, retained: bool) -> None:
        heard.append(payload)
        raise RuntimeError(payload)

    async with somebody(broker) as other, online(broker.config) as client:
        client.subscribe("a", careless)
        await asyncio.sleep(0)
        for payload in ("1", "2"):
            await true_soon(lambda: client.connected)
            while payload not in heard:
                await other.publish("a", payload, qos=1)
                await asyncio.sleep(0.05)
        assert client.connected
    assert "could not be handled" in caplog.text


async def test_a_watch_sees_what_comes_and_not_what_was_retained(broker: Broker) -> None:
    async with somebody(broker) as lamp, online(broker.config) as client:
        await lamp.publish("lamp/state", "OLD", qos=1, retain=True)
        async with client.watch("lamp/state") as states, client.watch("lamp/state") as others:
            await lamp.publish("lamp/state", "NEW", qos=1, retain=True)
            async with asyncio.timeout(10):
                assert await anext(states) == "NEW"
                assert await anext(others) == "NEW"


async def test_a_watch_goes_on_after_a_wait_that_timed_out(broker: Broker) -> None:
    async with (
        somebody(broker) as lamp,
        online(broker.config) as client,
        client.watch("lamp/state") as states,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(states)
        await lamp.publish("lamp/state", "ON", qos=1)
        async with asyncio.timeout(10):
            assert await anext(states) == "ON"


async def test_a_watch_that_nobody_reads_keeps_the_newest(broker: Broker) -> None:
    async with online(broker.config) as client, client.watch("lamp/state") as states:
        for number in range(150):
            await client.publish("lamp/state", str(number))
        await true_soon(lambda: client.connected)
        async with asyncio.timeout(10):
            numbers = [int(await anext(states)) for _ in range(100)]
    assert numbers[-1] - numbers[0] == 99
    assert numbers[0] > 0


async def test_a_watch_ends_its_subscription_and_can_be_made_again(broker: Broker) -> None:
    async with somebody(broker) as lamp, online(broker.config) as client:
        for payload in ("1", "2"):
            async with client.watch("lamp/state") as states:
                await lamp.publish("lamp/state", payload, qos=1)
                async with asyncio.timeout(10):
                    assert await anext(states) == payload


async def test_a_filter_that_is_unsubscribed_is_heard_no_more(broker: Broker) -> None:
    heard: list[str] = []

    def hear(topic: str, _payload: str, _retained: bool) -> None:
        heard.append(topic)

    async with online(broker.config) as client, somebody(broker) as other:
        for topic_filter in ("a", "b/+", "c"):
            client.subscribe(topic_filter, hear)
        client.unsubscribe("b/+")
        client.unsubscribe("never/asked/for")
        while "a" not in heard:
            for topic in ("b/c", "c", "a"):
                await other.publish(topic, "", qos=1)
            await asyncio.sleep(0.02)
    assert set(heard) == {"a", "c"}


async def test_the_broker_is_asked_only_for_what_is_wanted_also_after_an_outage() -> None:
    broker = OldBroker(OldBroker.ACCEPTED)

    def hear(*_message: object) -> None:
        raise AssertionError

    async with broker.serve() as config:
        client = MqttClient(config.model_copy(update={"protocol": "3.1.1"}), "kitchen")
        for topic_filter in ("a", "b", "c"):
            client.subscribe(topic_filter, hear)
        async with running(client):
            assert await client.wait_connected(10)
            client.unsubscribe("b")
            await true_soon(lambda: "b" not in broker.filters)
            async with client.watch("a"):
                client.unsubscribe("a")
            await true_soon(lambda: "a" not in broker.filters)
        broker.filters.clear()
        client.unsubscribe("c")
        client.subscribe("d", hear)
        async with running(client):
            assert await client.wait_connected(10)
            await true_soon(lambda: "d" in broker.filters)
            await client.publish("end", "")
        assert set(broker.filters) == {"d"}


async def test_what_is_no_topic_is_refused(broker: Broker) -> None:
    async with online(broker.config) as client:
        with pytest.raises(BrokerError, match="no MQTT topic"):
            client.subscribe("a/#/b", lambda *_message: None)
        with pytest.raises(BrokerError, match="correct"):
            await client.publish("lamp/+/set", "ON")
        with pytest.raises(BrokerError, match="no MQTT topic"):
            async with client.watch(""):
                pass
        assert client.connected


def test_virtual_time_stands_still_while_the_broker_answers(broker: Broker) -> None:
    async def turn() -> tuple[list[str], float]:
        heard: list[str] = []
        async with online(broker.config) as client:
            client.subscribe("lamp/set", lambda _topic, payload, _retained: heard.append(payload))
            async with client.watch("lamp/state") as states:
                began = asyncio.get_running_loop().time()
                await client.publish("lamp/state", "ON")
                heard.append(await anext(states))
                return heard, asyncio.get_running_loop().time() - began

    heard, seconds = run_virtual(turn())
    assert "ON" in heard
    assert seconds < 0.25
