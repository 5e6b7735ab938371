"""Lamps as zigbee2mqtt would publish them, on a real broker."""

import json
import threading
import time
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


class Lamps:
    """Every `<base>/<name>` obeys `<base>/<name>/set` and reports, from a thread of its own."""

    def __init__(self, host: str, port: int, base: str = "zigbee2mqtt") -> None:
        self.commands: list[tuple[str, dict[str, Any]]] = []
        """Every command that reached one: its name and what it was told."""
        self.times: list[float] = []
        """When each did, by the clock of `time.monotonic` and of a running loop."""
        self._address = (host, port)
        self._subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._base = base
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._obey(message)

    def __enter__(self) -> Self:
        self._client.connect(*self._address)
        self._client.loop_start()
        if not self._subscribed.wait(10):
            raise RuntimeError("the lamps could not subscribe")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def forget(self) -> list[tuple[str, dict[str, Any]]]:
        """The commands so far, which are not kept any longer."""
        told = self.commands.copy()
        self.commands.clear()
        self.times.clear()
        return told

    def _subscribe(self, *_: Any) -> None:
        self._client.subscribe(f"{self._base}/+/set", qos=1)

    def _obey(self, message: mqtt.MQTTMessage) -> None:
        topic = message.topic.removesuffix("/set")
        command = json.loads(message.payload)
        self.times.append(time.monotonic())
        self.commands.append((topic.split("/", 1)[1], command))
        self._client.publish(topic, json.dumps(command), qos=1)
