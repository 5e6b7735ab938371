"""What the client keeps for a broker that is away, and what it sends when it is back."""

import asyncio

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.broker import Broker
from device.errors import BrokerError
from device.mqtt.client import MqttClient
from device.mqtt.outbox import Message, Outbox
from tests.mqtt.clients import online, running, somebody, true_soon

EVENT = "parlor/kitchen/event"
STATE = "parlor/kitchen/state"


def event(number: int) -> Message:
    return Message(EVENT, str(number))


def taken(outbox: Outbox) -> list[str]:
    payloads = []
    while message := outbox.event:
        payloads.append(message.payload)
        outbox.told()
    return payloads


@given(limit=st.integers(0, 20), count=st.integers(0, 60))
def test_the_newest_events_are_kept_in_order_and_the_others_counted(limit: int, count: int) -> None:
    outbox = Outbox(limit)
    for number in range(count):
        outbox.keep(event(number))
    kept = [str(number) for number in range(count)][max(0, count - limit) :]
    assert taken(outbox) == kept
    assert outbox.dropped_events == count - len(kept)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y"]))))
def test_of_each_topic_the_newest_state_is_kept(reports: list[tuple[str, str]]) -> None:
    outbox = Outbox(0)
    for topic, payload in reports:
        outbox.report(Message(topic, payload))
    assert {topic: outbox.state(topic) for topic in outbox.states} == {
        topic: Message(topic, payload) for topic, payload in dict(reports).items()
    }


def test_a_topic_cleared_at_the_broker_is_forgotten_unless_it_has_a_new_state() -> None:
    outbox = Outbox(0)
    outbox.report(Message(STATE, "idle"))
    cleared = Message(STATE, "")
    outbox.report(cleared)
    outbox.report(Message(STATE, "listening"))
    outbox.reported(cleared)
    assert outbox.state(STATE) == Message(STATE, "listening")
    outbox.report(cleared)
    outbox.reported(cleared)
    assert outbox.states == []


async def told_at_connect(
    broker: Broker, client: MqttClient, until: bytes
) -> list[aiomqtt.Message]:
    """What comes on the speaker's topics from its connect to the event `until`."""
    messages: list[aiomqtt.Message] = []
    async with somebody(broker, "parlor/kitchen/#") as observer, running(client):
        async with asyncio.timeout(20):
            async for message in observer.messages:
                messages.append(message)
                if (message.topic.value, message.payload) == (EVENT, until):
                    break
    return messages


@pytest.mark.broker
async def test_events_of_an_outage_come_in_order_after_the_states(broker: Broker) -> None:
    client = MqttClient(broker.config.model_copy(update={"event_queue": 3}), "kitchen")
    for number in range(5):
        await client.tell(EVENT, str(number))
    await client.report(STATE, "idle")
    assert client.dropped_events == 2
    messages = await told_at_connect(broker, client, until=b"4")
    events = [one for one in messages if one.topic.value == EVENT]
    assert [one.payload for one in events] == [b"2", b"3", b"4"]
    assert not any(one.retain for one in events)
    topics = [one.topic.value for one in messages]
    assert topics.index(STATE) < topics.index(EVENT)


@pytest.mark.broker
async def test_events_told_while_the_broker_dies_and_returns_are_all_told_in_order(
    broker: Broker,
) -> None:
    """Twice is allowed to those whose acknowledgement died with the broker."""
    async with online(broker.config) as client:
        await client.tell(EVENT, "0")
        broker.kill()
        for number in range(1, 30):
            await client.tell(EVENT, str(number))
        await true_soon(lambda: not client.connected)
    broker.start()
    messages = await told_at_connect(broker, client, until=b"29")
    events = [one.payload for one in messages if one.topic.value == EVENT]
    assert [*dict.fromkeys(events)] == [b"%d" % number for number in range(1, 30)]
    assert client.dropped_events == 0


@pytest.mark.broker
async def test_many_who_tell_at_once_keep_their_order(broker: Broker) -> None:
    async with somebody(broker, EVENT) as observer, online(broker.config) as client:
        await asyncio.gather(*(client.tell(EVENT, str(number)) for number in range(200)))
        async with asyncio.timeout(10):
            heard = [(await anext(observer.messages)).payload for _ in range(200)]
    assert heard == [str(number).encode() for number in range(200)]


@pytest.mark.broker
async def test_no_event_waits_without_a_queue_and_none_is_lost_with_a_broker(
    broker: Broker,
) -> None:
    config = broker.config.model_copy(update={"event_queue": 0})
    async with somebody(broker, EVENT) as observer, online(config) as client:
        await client.tell(EVENT, "1")
        async with asyncio.timeout(10):
            assert (await anext(observer.messages)).payload == b"1"
        assert client.dropped_events == 0
        broker.stop()
        await true_soon(lambda: not client.connected)
        await client.tell(EVENT, "2")
        assert client.dropped_events == 1


@pytest.mark.broker
async def test_an_empty_state_clears_the_topic_and_is_forgotten(broker: Broker) -> None:
    async with online(broker.config) as client:
        await client.report(STATE, "idle")
        await client.report("parlor/kitchen/timers", "[]")
        await client.report(STATE, "")
        async with somebody(broker, "parlor/kitchen/#") as latecomer:
            await latecomer.publish("parlor/kitchen/end", "", qos=1)
            topics = await topics_until_end(latecomer)
        assert STATE not in topics
        assert "parlor/kitchen/timers" in topics
    async with somebody(broker, "parlor/kitchen/#") as observer, running(client):
        assert await client.wait_connected(20)
        await client.publish("parlor/kitchen/end", "")
        assert STATE not in await topics_until_end(observer)


@pytest.mark.broker
async def test_a_topic_cleared_while_the_broker_is_away_is_cleared_when_it_is_back(
    broker: Broker,
) -> None:
    async with somebody(broker) as other:
        await other.publish(STATE, "idle", qos=1, retain=True)
    client = MqttClient(broker.config, "kitchen")
    await client.report(STATE, "")
    for cleared_now in (True, False):
        async with somebody(broker, "parlor/kitchen/#") as observer, running(client):
            assert await client.wait_connected(20)
            await client.publish("parlor/kitchen/end", "")
            topics = await topics_until_end(observer)
        # The first time the observer gets what was retained, and then its end.
        assert topics.count(STATE) == (2 if cleared_now else 0)


async def topics_until_end(client: aiomqtt.Client) -> list[str]:
    topics: list[str] = []
    async with asyncio.timeout(10):
        async for message in client.messages:
            topics.append(message.topic.value)
            if topics[-1] == "parlor/kitchen/end":
                break
    return topics


@pytest.mark.broker
async def test_what_no_broker_would_take_is_refused_and_not_kept(broker: Broker) -> None:
    async with online(broker.config) as client:
        for topic in ("a/+", "a\0b", "a\nb", "\ud800", "\uffff", "ü" * 40_000, ""):
            with pytest.raises(BrokerError, match="correct"):
                await client.report(topic, "x")
            with pytest.raises(BrokerError, match="correct"):
                await client.tell(topic, "x")
        await client.report(STATE, "half a sign: \ud800")
        async with somebody(broker, STATE) as observer, asyncio.timeout(10):
            assert (await anext(observer.messages)).payload == b"half a sign: ?"
        assert client.connected
