"""A second client that sees what a speaker publishes, and may speak itself."""

import asyncio
import threading
import time
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.broker import Broker
from device import clock
from device import events as e
from device.hal.wav import WavMicrophone
from device.running import Parlor
from tests.config.story import Scene


class Observer:
    """Collects every message that comes by, from a thread of its own."""

    def __init__(self, broker: Broker) -> None:
        self.seen: list[tuple[str, str]] = []
        """Topic and payload in the order of arrival."""
        self._news = threading.Condition()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._note
        self._client.connect("127.0.0.1", broker.port)

    def __enter__(self) -> Self:
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.subscribe("#", qos=1)
        self._client.loop_start()
        assert subscribed.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: str, retain: bool = False) -> None:
        """Say something, and return when the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(5)

    def topics(self) -> set[str]:
        """Where something was published."""
        return {topic for topic, _ in self.seen}

    def wait_for(self, topic: str, seconds: float = 10.0) -> str:
        """The last payload that came on a topic; AssertionError when none comes."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                found = [payload for at, payload in self.seen if at == topic]
                if found:
                    return found[-1]
                left = deadline - time.monotonic()
                assert left > 0 and self._news.wait(left), f"nothing on {topic}: {self.topics()}"  # noqa: PT018

    def _note(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._news:
            self.seen.append((message.topic, message.payload.decode()))
            self._news.notify_all()


def commanded(observer: Observer, *commands: tuple[str, str]) -> Scene:
    """Commands by name come over MQTT, one after the other, and are carried out."""

    async def scene(parlor: Parlor, _microphone: WavMicrophone) -> None:
        await parlor.online(5.0)
        told = parlor.bus.subscribe()
        with clock.hold(20):
            # Messages come in order: after the last one, all have come.
            for name, payload in (*commands, ("volume", "0.7")):
                topic = f"parlor/parlor/{name}/set"
                await asyncio.to_thread(observer.publish, topic, payload)
            async for event in told:
                if isinstance(event, e.VolumeChanged):
                    break
        await parlor.settled(1.0)

    return scene
