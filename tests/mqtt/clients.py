"""Clients of both kinds, and how tests wait for what they see."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiomqtt

from benchmarks.broker import Broker
from device.config import MqttConfig
from device.mqtt.client import MqttClient

AVAILABILITY = "parlor/kitchen/availability"


@asynccontextmanager
async def running(client: MqttClient) -> AsyncIterator[MqttClient]:
    task = asyncio.create_task(client.run())
    try:
        yield client
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def online(config: MqttConfig) -> AsyncIterator[MqttClient]:
    async with running(MqttClient(config, "kitchen")) as client:
        assert await client.wait_connected(10)
        yield client


@asynccontextmanager
async def somebody(broker: Broker, topic: str = "#") -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe(topic, qos=1)
        yield client


async def until(client: aiomqtt.Client, topic: str, payload: str) -> aiomqtt.Message:
    async with asyncio.timeout(10):
        async for message in client.messages:
            if message.topic.value == topic and message.payload == payload.encode():
                return message
    raise AssertionError


async def seen(client: aiomqtt.Client, wanted: set[tuple[str, str]]) -> None:
    async with asyncio.timeout(10):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            wanted.discard((message.topic.value, message.payload.decode()))
            if not wanted:
                return


async def true_soon(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)
