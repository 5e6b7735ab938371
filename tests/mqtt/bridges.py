"""A bridge between a real broker and a session that only remembers, and somebody who watches."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

from benchmarks.broker import Broker
from device import events as e
from device.bus import Bus
from device.config import DeviceConfig, MqttConfig
from device.errors import QueueFull
from device.mqtt.bridge import Bridge, Speaker
from device.mqtt.client import MqttClient
from device.mqtt.listeners import Handler
from device.mqtt.requests import Features
from device.mqtt.topics import Topics
from device.settings import Settings
from device.tasks import end

ABOUT = DeviceConfig(id="kitchen", name="Kitchen speaker", area="Kitchen")
FEATURES = Features(("en", "de"), ("amy",), lights=True, effects=("rainbow",))
TOPICS = Topics(ABOUT.id)
CONFIG_TOPIC = "homeassistant/device/parlor/kitchen/config"


def speaker(mqtt: MqttConfig, **changes: Any) -> Speaker:
    """What the bridge is told; neither this machine's temperature nor chance has a say."""
    known: dict[str, Any] = {
        "settings": Settings(), "features": FEATURES,
        "luck": lambda: 0.0, "celsius": lambda: None, **changes,
    }  # fmt: skip
    return Speaker(ABOUT, mqtt, **known)


@dataclass
class Desk:
    """The session and the announcer: what is posted is told on the bus, as the session does."""

    bus: Bus
    posted: list[e.Event] = field(default_factory=list)
    announced: list[e.Event] = field(default_factory=list)
    seconds: float = 100.0
    full: bool = False
    """Nothing more can wait to be said."""

    def post(self, event: e.Event) -> None:
        self.posted.append(event)
        self.bus.tell(event)

    def announce(self, event: e.Event) -> None:
        if self.full:
            raise QueueFull("enough waits to be said; try again later")
        self.announced.append(event)
        self.bus.tell(event)


@dataclass(frozen=True)
class Seen:
    """A message as a subscriber gets it."""

    topic: str
    payload: str
    retained: bool

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Watcher:
    """A second client that remembers everything it sees."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.seen: list[Seen] = []
        self._news = asyncio.Condition()

    async def collect(self) -> None:
        async for message in self.client.messages:
            payload = message.payload
            text = (
                payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)
            )
            async with self._news:
                self.seen.append(Seen(message.topic.value, text, bool(message.retain)))
                self._news.notify_all()

    async def tell(self, topic: str, payload: str | bytes, retain: bool = False) -> None:
        await self.client.publish(topic, payload, qos=1, retain=retain)

    async def command(self, name: str, payload: str | bytes | dict[str, Any] = "") -> None:
        text = json.dumps(payload) if isinstance(payload, dict) else payload
        await self.tell(TOPICS.command(name), text)

    async def wait(
        self, topic: str, fits: Callable[[Seen], Any] = lambda _seen: True, since: int = 0
    ) -> Seen:
        """The first such message; fails after a while."""
        async with asyncio.timeout(20), self._news:
            while True:
                for seen in self.seen[since:]:
                    if seen.topic == topic and fits(seen):
                        return seen
                await self._news.wait()

    async def says(self, topic: str, payload: str, since: int = 0) -> Seen:
        """Wait for a payload on a topic."""
        return await self.wait(topic, lambda seen: seen.payload == payload, since)

    async def event(self, event_type: str, **fields: Any) -> Seen:
        """Wait for something on ~/event."""
        wanted = {"event_type": event_type, **fields}
        return await self.wait(TOPICS.event, lambda seen: wanted.items() <= seen.json.items())


@asynccontextmanager
async def watching(broker: Broker) -> AsyncIterator[Watcher]:
    """Somebody who sees everything from now on, and what is retained."""
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        watcher = Watcher(client)
        task = asyncio.create_task(watcher.collect())
        await client.subscribe("#", qos=1)
        try:
            yield watcher
        finally:
            await end(task)


@asynccontextmanager
async def bridged(speaker: Speaker) -> AsyncIterator[Desk]:
    """A bridge that runs, and the desk behind it."""
    bus = Bus()
    desk = Desk(bus)
    client = MqttClient(speaker.mqtt, ABOUT.id)
    bridge = Bridge(client, bus, desk, desk.announce, speaker)
    tasks = [asyncio.create_task(client.run()), asyncio.create_task(bridge.run())]
    try:
        assert await client.wait_connected(10)
        yield desk
        for task in tasks:
            assert not task.done()
    finally:
        await end(*tasks)


class Paper:
    """A client that writes down what goes out, and when; no broker, no thread, virtual time."""

    def __init__(self, *news: tuple[float, str, str, bool]) -> None:
        """`news`: seconds, topic, payload and whether it was retained, of what comes in."""
        self.news = news
        self.reports: list[tuple[float, str, str]] = []
        self.told: list[tuple[str, Any]] = []
        self.handlers: dict[str, Handler] = {}

    async def report(self, topic: str, payload: str) -> None:
        self.reports.append((asyncio.get_running_loop().time(), topic, payload))

    async def tell(self, topic: str, payload: str) -> None:
        self.told.append((topic, json.loads(payload)))

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        self.handlers[topic_filter] = handler

    def bring(self, topic: str, payload: str, retained: bool = False) -> None:
        """Let a message come in."""
        self.handlers[topic](topic, payload, retained)
