"""Who commands a simulated fleet over MQTT and sees what comes of it, as Home Assistant does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import aiomqtt

from benchmarks.fleet_speaker import device_id
from device.mqtt.topics import Topics, to_json
from device.tasks import end

HUB = "homeassistant"
"""Name and password."""
ANNOUNCED = "homeassistant/device/parlor/+/config"
EVENTS = "parlor/+/event"
STATES = "parlor/#"
_QUIET_SECONDS = 5.0
_PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 1.0
_EVERYTHING = 1_000_000


class Hub:
    """A client that sees every message of one filter and may speak."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.seen: list[tuple[float, str, str]] = []
        """When it came (CLOCK_MONOTONIC), topic and payload."""

    async def listen(self) -> None:
        """Take what comes until cancelled."""
        with suppress(aiomqtt.MqttError):
            async for message in self._client.messages:
                assert isinstance(message.payload, bytes)
                self.seen.append((time.monotonic(), message.topic.value, message.payload.decode()))

    @property
    def newest(self) -> dict[str, str]:
        """The last payload by topic."""
        return {topic: payload for _, topic, payload in self.seen}

    async def settle(self, seconds: float, number: int = _EVERYTHING) -> None:
        """Wait until so many topics were heard, or nothing more comes, or `seconds` are over."""
        deadline, before = time.monotonic() + seconds, -1
        while len(self.newest) < number and time.monotonic() < deadline and before < len(self.seen):
            before = len(self.seen)
            await asyncio.sleep(_QUIET_SECONDS)

    async def announce(self, count: int, key: str) -> dict[int, float]:
        """Have every speaker say something; when each was told to, by speaker."""
        asked: dict[int, float] = {}

        async def tell(number: int) -> None:
            asked[number] = time.monotonic()
            topic = Topics(device_id(number)).command("announce")
            # What is not acknowledged in time may be lost: who hears it is counted elsewhere.
            with suppress(aiomqtt.MqttError):
                await self._client.publish(topic, to_json({"message": key}), qos=1)

        await asyncio.gather(*(tell(number) for number in range(count)))
        return asked

    async def be_born(self) -> float:
        """Say that Home Assistant has started; when that was."""
        await self._client.publish("homeassistant/status", "online", qos=1)
        return time.monotonic()


@asynccontextmanager
async def hub(port: int, *filters: str) -> AsyncIterator[Hub]:
    """One that listens to these."""
    async with AsyncExitStack() as stack:
        client = await _enter(stack, port)
        found = Hub(client)
        listening = asyncio.create_task(found.listen())
        stack.push_async_callback(end, listening)
        for topic_filter in filters:
            await client.subscribe(topic_filter, qos=1)
        yield found


async def retained(port: int, topic_filter: str, seconds: float) -> dict[str, str]:
    """What the broker holds, payloads by topic, as a newcomer gets it."""
    async with hub(port, topic_filter) as newcomer:
        await newcomer.settle(seconds)
        return newcomer.newest


async def _enter(stack: AsyncExitStack, port: int) -> aiomqtt.Client:
    """A connection; a broker to which a thousand come at once is asked again."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        client = aiomqtt.Client(
            "127.0.0.1", port, username=HUB, password=HUB, timeout=_PATIENCE_SECONDS
        )
        # A thousand speakers are announced to at once, which is what is measured.
        client.pending_calls_threshold = _EVERYTHING
        try:
            return await stack.enter_async_context(client)
        except aiomqtt.MqttError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_AGAIN_SECONDS)
