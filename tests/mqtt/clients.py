"""Clients of both kinds, and how tests wait for what they see."""

import asyncio
import struct
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


class OldBroker:
    """A broker of the days before MQTT 5 that delivers nothing and remembers what it was told.

    Packets: MQTT 3.1.1, chapter 3.
    """

    ACCEPTED = b"\x20\x02\x00\x00"
    NEWER_REFUSED = b"\x20\x02\x00\x01"
    """CONNACK, unacceptable protocol version."""
    NEWER_REFUSED_IN_ITS_WORDS = b"\x20\x03\x00\x84\x00"
    """CONNACK of MQTT 5, unsupported protocol version."""
    SILENCE = b""
    """It hangs up."""

    def __init__(self, answer_to_newer: bytes, says: bytes = b"") -> None:
        self.versions: list[int] = []
        """Protocol level of each greeting: 4 is 3.1.1."""
        self.published: list[bytes] = []
        """Variable headers and payloads."""
        self.filters: list[str] = []
        """What it would have to deliver."""
        self._answer_to_newer = answer_to_newer
        self._says = says

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[MqttConfig]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        async with server:
            yield MqttConfig(host="127.0.0.1", port=server.sockets[0].getsockname()[1])

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while answer := self._answer(*await _packet(reader)):
                writer.write(answer)
                await writer.drain()
        writer.close()

    def _answer(self, header: int, body: bytes) -> bytes:
        match header >> 4:
            case 1:
                self.versions.append(body[6])
                return self._answer_to_newer if body[6] > 4 else self.ACCEPTED + self._says
            case 3:
                self.published.append(body)
                start = 2 + struct.unpack_from(">H", body)[0]
                return b"\x40\x02" + body[start : start + 2]
            case 8:
                filters = _filters(body, trailer=1)
                self.filters += filters
                return bytes((0x90, 2 + len(filters))) + body[:2] + b"\x01" * len(filters)
            case 10:
                for topic_filter in _filters(body, trailer=0):
                    self.filters.remove(topic_filter)
                return b"\xb0\x02" + body[:2]
            case 12:
                return b"\xd0\x00"
        return b""


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    header = (await reader.readexactly(1))[0]
    length = shift = 0
    more = True
    while more:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        more = byte > 0x7F
    return header, await reader.readexactly(length)


def _filters(body: bytes, trailer: int) -> list[str]:
    """Those of SUBSCRIBE, each with a trailing QoS, or UNSUBSCRIBE."""
    filters, start = [], 2
    while start < len(body):
        stop = start + 2 + struct.unpack_from(">H", body, start)[0]
        filters.append(body[start + 2 : stop].decode())
        start = stop + trailer
    return filters
