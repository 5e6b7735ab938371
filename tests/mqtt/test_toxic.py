"""Whatever comes in, the client lives, and what is good still reaches everybody."""

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.broker import Broker
from device.errors import BrokerError
from device.mqtt.client import MqttClient
from device.mqtt.filters import check_filter, check_topic
from device.mqtt.listeners import Listeners
from tests.mqtt.clients import OldBroker, online, running, somebody, true_soon

on_one_broker = settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

DEEP = b'{"a":' * 200_000
POISON = [
    b"",
    b"\xff\xfe\x00\xc3\x28",
    b"\x00" * 1000,
    b"x" * 1_000_000,
    DEEP,
    b"[" * 200_000,
    b"1" * 100_000,
    b'{"state": NaN, "brightness": 1e999}',
    "{{ 7 * 7 }} \u202e\U0001f600".encode(),
]


def careless(_topic: str, payload: str, _retained: bool) -> None:
    json.loads(payload)["state"]


@pytest.mark.broker
async def test_poisonous_payloads_reach_the_careful_and_stop_nobody(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    client = MqttClient(broker.config, "kitchen")
    client.subscribe("lamp/+", careless)
    client.subscribe("lamp/+", lambda _topic, payload, _retained: heard.append(payload))
    async with somebody(broker, "nothing") as other, running(client):
        assert await client.wait_connected(10)
        for payload in [*POISON, b"end"]:
            await other.publish("lamp/state", payload, qos=1)
        await true_soon(lambda: "end" in heard)
        assert heard == [payload.decode("utf-8", "replace") for payload in [*POISON, b"end"]]
        await client.publish("lamp/set", "ON")
    assert "could not be handled" in caplog.text


@pytest.mark.broker
@on_one_broker
@given(payloads=st.lists(st.binary(max_size=200), min_size=1))
async def test_any_bytes_are_some_text_in_order(broker: Broker, payloads: list[bytes]) -> None:
    heard: list[str] = []
    client = MqttClient(broker.config, "kitchen")
    client.subscribe("lamp/state", lambda _topic, payload, _retained: heard.append(payload))
    async with somebody(broker, "nothing") as other, running(client):
        assert await client.wait_connected(10)
        await asyncio.gather(*(other.publish("lamp/state", one, qos=1) for one in payloads))
        await true_soon(lambda: len(heard) == len(payloads))
    assert heard == [one.decode("utf-8", "replace") for one in payloads]


texts = st.lists(st.text(max_size=20) | st.sampled_from(["+", "#", "/", "$share/", "$SYS/"])).map(
    "".join
)


@pytest.mark.broker
@on_one_broker
@given(topics=st.lists(texts, max_size=20))
@example(
    topics=[
        "$share/a",
        "$share//a",
        "$share/a/",
        "$SYS/x",
        "$CONTROL/x",
        "$a",
        "/",
        "/" * 201,
        "a" * 65_535,
    ]
)
async def test_any_text_is_a_topic_that_the_broker_takes_or_a_coded_error(
    broker: Broker, topics: list[str]
) -> None:
    async with online(broker.config) as client:
        for topic in topics:
            with suppress(BrokerError):
                check_filter(topic)
                client.subscribe(topic, lambda *_message: None)
            with suppress(BrokerError):
                check_topic(topic)
                await client.report(topic, "x")
                await client.tell(topic, "x")
            client.unsubscribe(topic)
        async with client.watch("end") as ends:
            await client.publish("end", "x")
            async with asyncio.timeout(10):
                await anext(ends)
        assert client.connected
        assert client.problem is None
        assert client.dropped_events == 0


@given(st.text(), st.text(), st.booleans(), st.lists(texts))
def test_a_listener_hears_what_its_filter_matches_whatever_others_do(
    topic: str, payload: str, retained: bool, filters: list[str]
) -> None:
    listeners = Listeners()
    heard: list[tuple[str, str, bool]] = []

    def fails(*_message: object) -> None:
        raise RecursionError

    for topic_filter in filters:
        with suppress(BrokerError):
            check_filter(topic_filter)
            listeners.add(topic_filter, fails)
    try:
        check_topic(topic)
    except BrokerError:
        return
    listeners.add(topic, lambda *message: heard.append(message))
    listeners.hear(topic, payload, retained)
    assert heard == [(topic, payload, retained)]


def publish(topic: bytes, payload: bytes = b"") -> bytes:
    """PUBLISH with QoS 0: MQTT 3.1.1 section 3.3."""
    body = len(topic).to_bytes(2, "big") + topic + payload
    return b"\x30" + bytes([len(body)]) + body


@pytest.mark.parametrize(
    "says",
    [
        publish(b"a/\xff\xfe"),
        publish(b"a/+"),
        publish(b"a/#"),
        publish(b"a\x00b"),
        publish(b""),
        b"\x30\x02\xff\xff",
        b"\x30\xff\xff\xff\xff\xff",
        b"\x90\x03\x00\x09\x01",
        b"\x20\x02\x00\x00",
        b"\x00\x00\xf0\x00",
    ],
)
async def test_a_broker_that_talks_nonsense_ends_a_connection_at_most(says: bytes) -> None:
    broker = OldBroker(OldBroker.NEWER_REFUSED, says)
    heard: list[str] = []
    async with broker.serve() as config:
        client = MqttClient(config, "kitchen")
        client.subscribe("#", lambda topic, *_rest: heard.append(topic))
        task = asyncio.create_task(client.run())
        await client.wait_tried(10)
        await true_soon(lambda: client.problem or client.connected)
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert len(heard) <= 2


@pytest.mark.broker
async def test_what_would_fill_the_memory_is_never_sent(broker: Broker) -> None:
    heard: list[str] = []
    async with online(broker.config) as giant:
        for size in (1_000_000, 9_000_000):
            await giant.report(f"homeassistant/{size}/config", "x" * size)
    async with online(broker.config) as client:
        client.subscribe("homeassistant/#", lambda topic, *_rest: heard.append(topic))
        await true_soon(lambda: heard)
        await client.publish("homeassistant/last", "")
        await true_soon(lambda: "homeassistant/last" in heard)
    assert heard == ["homeassistant/1000000/config", "homeassistant/last"]
