"""A zigbee2mqtt with lamps that announce themselves, on a real broker.

It retains `BASE/bridge/devices` and Home Assistant's discovery messages, obeys `BASE/NAME/set`,
and reports on `BASE/NAME` (zigbee2mqtt.io, MQTT topics and messages).
"""

import json
import threading
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

_PATIENCE_SECONDS = 10.0
_COORDINATOR = {
    "ieee_address": "0x00124b0000000000", "friendly_name": "Coordinator", "type": "Coordinator",
    "disabled": False, "definition": None,
}  # fmt: skip
_EXPOSES = [
    {
        "type": "light",
        "features": [
            {"type": "binary", "name": "state", "property": "state", "access": 7,
             "value_on": "ON", "value_off": "OFF", "value_toggle": "TOGGLE"},
            {"type": "numeric", "name": "brightness", "property": "brightness", "access": 7,
             "value_min": 0, "value_max": 254},
            {"type": "numeric", "name": "color_temp", "property": "color_temp", "access": 7,
             "value_min": 250, "value_max": 454, "unit": "mired"},
        ],
    },
    {"type": "numeric", "name": "linkquality", "property": "linkquality", "access": 1,
     "unit": "lqi", "category": "diagnostic"},
]  # fmt: skip


class Zigbee2mqtt:
    """Lamps by name; they answer from a thread of their own."""

    def __init__(
        self, host: str, port: int, *lamps: str, base: str = "zigbee2mqtt", discovery: bool = True
    ) -> None:
        """`discovery`: announce the lamps to Home Assistant too."""
        self.commands: list[tuple[str, dict[str, Any]]] = []
        """Every command that reached a lamp: its name and what it was told."""
        self._address = (host, port)
        self._base = base
        self._discovery = discovery
        self._joined = 0
        self._lamps: dict[str, str] = {}
        """Name by address."""
        self._states: dict[str, dict[str, Any]] = {}
        """State by address."""
        self._subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._obey(message)
        self._first = lamps

    def __enter__(self) -> Self:
        self._client.connect(*self._address)
        self._client.loop_start()
        if not self._subscribed.wait(_PATIENCE_SECONDS):
            raise RuntimeError("the lamps could not subscribe")
        self._publish(f"{self._base}/bridge/state", {"state": "online"})
        for name in self._first:
            self.join(name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def join(self, name: str) -> None:
        """A lamp joins the network, switched on."""
        self._joined += 1
        address = f"0x00124b00{self._joined:08x}"
        self._states[address] = {"state": "ON", "brightness": 254, "linkquality": 120}
        self._announce(address, name)
        self._report(address)

    def rename(self, old: str, new: str) -> None:
        """A lamp is given another name, and so other topics."""
        self._announce(self._address_of(old), new)
        self._report(self._address_of(new))

    def leave(self, name: str) -> None:
        """A lamp is removed from the network."""
        address = self._address_of(name)
        del self._lamps[address]
        self._publish_list()
        if self._discovery:
            self._publish(self._config_topic(address), "")

    def switch(self, name: str, state: str) -> None:
        """Somebody uses the switch on the wall."""
        address = self._address_of(name)
        self._states[address]["state"] = state
        self._report(address)

    def _subscribe(self, *_: Any) -> None:
        self._client.subscribe(f"{self._base}/#", qos=1)

    def _announce(self, address: str, name: str) -> None:
        self._lamps[address] = name
        self._publish_list()
        if self._discovery:
            self._publish(self._config_topic(address), self._config(address, name))

    def _publish_list(self) -> None:
        devices = [
            {
                "ieee_address": address, "friendly_name": name, "type": "Router",
                "disabled": False, "supported": True, "interview_completed": True,
                "definition": {"model": "LED1545G12", "vendor": "IKEA", "exposes": _EXPOSES},
            }
            for address, name in self._lamps.items()
        ]  # fmt: skip
        self._publish(f"{self._base}/bridge/devices", [_COORDINATOR, *devices])

    def _config_topic(self, address: str) -> str:
        return f"homeassistant/light/{address}/light/config"

    def _config(self, address: str, name: str) -> dict[str, Any]:
        return {
            "name": None,
            "schema": "json",
            "state_topic": f"{self._base}/{name}",
            "command_topic": f"{self._base}/{name}/set",
            "brightness": True,
            "brightness_scale": 254,
            "supported_color_modes": ["color_temp"],
            "min_mireds": 250,
            "max_mireds": 454,
            "availability": [
                {"topic": f"{self._base}/bridge/state", "value_template": "{{ value_json.state }}"}
            ],
            "device": {"identifiers": [f"zigbee2mqtt_{address}"], "name": name},
            "default_entity_id": f"light.{name.replace(' ', '_')}",
            "unique_id": f"{address}_light_{self._base}",
            "origin": {"name": "Zigbee2MQTT", "sw": "2.6.0", "url": "https://www.zigbee2mqtt.io"},
        }

    def _obey(self, message: mqtt.MQTTMessage) -> None:
        name = message.topic.removeprefix(f"{self._base}/").removesuffix("/set")
        if not message.topic.endswith("/set") or name not in self._lamps.values():
            return
        command = json.loads(message.payload)
        self.commands.append((name, command))
        address = self._address_of(name)
        self._states[address].update(command)
        self._report(address)

    def _report(self, address: str) -> None:
        self._publish(f"{self._base}/{self._lamps[address]}", self._states[address], retain=False)

    def _address_of(self, name: str) -> str:
        return next(address for address, known in self._lamps.items() if known == name)

    def _publish(self, topic: str, body: object, retain: bool = True) -> None:
        payload = body if isinstance(body, str) else json.dumps(body)
        self._client.publish(topic, payload, qos=1, retain=retain)
