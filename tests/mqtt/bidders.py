"""Speakers that bid, over a simulated network or a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

from hypothesis import strategies as st

from benchmarks.broker import Broker
from device import events as e
from device.errors import BrokerUnreachable
from device.mqtt.bid import Bid, make_bid
from device.mqtt.bids import Bidder, Line
from device.mqtt.client import MqttClient
from device.mqtt.listeners import Handler
from tests.mqtt.clients import running

WINDOW_MS = 100
WINDOW = WINDOW_MS / 1000
TOPIC = "parlor/bid/home"

_LOUDNESS = st.integers(0, 3).map(float)
"""Few values, so that ties happen."""
ROOMS = st.lists(st.tuples(_LOUDNESS, _LOUDNESS), min_size=2, max_size=5)
"""SNR and level of each speaker."""


def wake(
    snr_db: float = 10.0, word: str = "hey_jarvis", level: float = -30.0
) -> e.WakeWordDetected:
    return e.WakeWordDetected(word=word, score=0.9, snr_db=snr_db, level_dbfs=level)


def bid(device_id: str, snr_db: float = 10.0, level: float = -30.0) -> Bid:
    return make_bid(device_id, wake(snr_db, level=level), at=0.0)


class Air:
    """Carries messages between lines, each with a delay of its own; None loses it."""

    def __init__(self, chance: Random, delays: list[float | None]) -> None:
        self.lines: list[AirLine] = []
        self._chance = chance
        self._delays = delays

    def carry(self, topic: str, payload: str) -> None:
        loop = asyncio.get_running_loop()
        for line in self.lines:
            delay = self._chance.choice(self._delays)
            if delay is not None:
                loop.call_later(delay, line.deliver, topic, payload)


class AirLine:
    """The line of one speaker; it may die after its first message."""

    def __init__(self, air: Air, dies: bool = False) -> None:
        air.lines.append(self)
        self.connected = True
        self._air = air
        self._dies = dies
        self._handlers: list[Handler] = []

    async def publish(self, topic: str, payload: str) -> None:
        if not self.connected:
            raise BrokerUnreachable(topic)
        if not (self._dies and json.loads(payload)["claim"]):
            self._air.carry(topic, payload)

    def subscribe(self, _topic_filter: str, handler: Handler) -> None:
        self._handlers.append(handler)

    def deliver(self, topic: str, payload: str, retained: bool = False) -> None:
        for handler in self._handlers:
            handler(topic, payload, retained)


class Speaker:
    """A bidder and what became of its bid."""

    def __init__(self, line: Line, name: str) -> None:
        self.lost: list[e.Event] = []
        self.answered = False
        self.name = name
        self.bidder = Bidder(line, name, "home", WINDOW_MS, self.lost.append)

    @property
    def answers(self) -> bool:
        """In the end."""
        return self.answered and not self.lost

    async def wakes(self, after_seconds: float, heard: e.WakeWordDetected) -> None:
        await asyncio.sleep(after_seconds)
        self.answered = await self.bidder.answers(heard)


class Forgetful:
    """The line of a speaker whose bids are lost; its claims are not."""

    def __init__(self, client: MqttClient) -> None:
        self._client = client
        self.subscribe = client.subscribe

    @property
    def connected(self) -> bool:
        return self._client.connected

    async def publish(self, topic: str, payload: str) -> None:
        if json.loads(payload)["claim"]:
            await self._client.publish(topic, payload)


@asynccontextmanager
async def house(broker: Broker, count: int, forgetful: str = "") -> AsyncIterator[list[Speaker]]:
    """Speakers s0, s1, ... whose clients hear their own bids come back."""
    async with AsyncExitStack() as stack:
        speakers = []
        for name in (f"s{number}" for number in range(count)):
            client = MqttClient(broker.config, name)
            speakers.append(Speaker(Forgetful(client) if name == forgetful else client, name))
            await stack.enter_async_context(running(client))
            assert await client.wait_connected(10)
        yield speakers
