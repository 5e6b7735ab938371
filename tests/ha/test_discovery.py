"""What a real Home Assistant makes of the announcement."""

import aiomqtt

from benchmarks.broker import Broker
from device import __version__
from device.config import DeviceConfig
from device.hal.thermal import read_celsius
from device.mqtt.discovery import config_topic, device_config
from device.mqtt.requests import Features
from device.mqtt.topics import Topics, to_json
from tests.ha.api import Api, Json
from tests.ha.speaker import a_speaker

COMPONENTS: dict[str, tuple[str, str | None, str | None, str | None, str | None]] = {
    "state": ("sensor", None, "enum", None, "idle"),
    "event": ("event", "Event", None, None, None),
    "button": ("event", "Button", "button", None, "unknown"),
    "say": ("notify", "Say", None, None, None),
    "announce": ("notify", "Announce", None, None, None),
    "ask": ("notify", "Ask", None, None, None),
    "listen": ("button", "Listen", None, None, None),
    "stop": ("button", "Stop", None, None, None),
    "interrupt": ("button", "Interrupt", None, None, None),
    "false_wake": ("button", "False wake", None, "diagnostic", None),
    "mute": ("switch", "Mute", None, "config", "off"),
    "follow_up": ("switch", "Follow-up", None, "config", "off"),
    "volume": ("number", "Volume", None, "config", "70"),
    "wake_sensitivity": ("number", "Wake sensitivity", None, "config", "50"),
    "barge_in_sensitivity": ("number", "Barge-in sensitivity", None, "config", "50"),
    "barge_in": ("select", "Barge-in", None, "config", "full"),
    "language": ("select", "Language", None, "config", "en"),
    "voice": ("select", "Voice", None, "config", "default"),
    "next_alarm": ("sensor", "Next alarm", "timestamp", None, "unknown"),
    "timers": ("sensor", "Timers", None, None, "0"),
    "latency_p50": ("sensor", "Latency p50", "duration", "diagnostic", "unknown"),
    "latency_p95": ("sensor", "Latency p95", "duration", "diagnostic", "unknown"),
    "microphone": ("binary_sensor", "Microphone problem", "problem", "diagnostic", "off"),
    "problem": ("binary_sensor", "Problem", "problem", "diagnostic", "off"),
    "update": ("update", "Firmware", "firmware", "diagnostic", "off"),
    "light": ("light", "Light", None, "config", "on"),
}
"""Platform, name, device class, category and first state by component id; None: any state."""
TEMPERATURE = ("sensor", "Temperature", "temperature", "diagnostic", None)


async def test_every_component_appears_as_it_is_meant(api: Api, house_broker: Broker) -> None:
    measured = {} if read_celsius() is None else {"temperature": TEMPERATURE}
    components = COMPONENTS | measured
    async with a_speaker(house_broker.port):
        await api.until("light.kitchen_light", "on")
        registered = await api.entities("parlor_kitchen")
        assert set(registered) == {f"parlor_kitchen_{id}" for id in components}
        for id, (platform, name, kind, category, state) in components.items():
            entry = registered[f"parlor_kitchen_{id}"]
            entity = f"{platform}.kitchen_{id}"
            assert (entry["entity_id"], entry["original_name"]) == (entity, name)
            assert (entry["entity_category"], entry["disabled_by"]) == (category, None)
            shown = await api.until(entity, state or _is_available)
            assert shown["attributes"].get("device_class") == kind


async def test_the_device_says_what_it_is(api: Api, house_broker: Broker) -> None:
    async with a_speaker(house_broker.port):
        await api.until("sensor.kitchen_state", "idle")
        device = await api.device("parlor_kitchen")
    assert device is not None
    wanted = {
        "name": "Kitchen speaker", "manufacturer": "Parlor", "model": "Parlor smart speaker",
        "sw_version": __version__, "area_id": "kitchen",
    }  # fmt: skip
    assert {key: device[key] for key in wanted} == wanted


async def test_a_speaker_knows_how_warm_it_is(api: Api, house_broker: Broker) -> None:
    """Not every machine that runs this does, so the announcement is sent by hand."""
    features, topics = Features(temperature=True), Topics("attic")
    config = device_config(DeviceConfig(id="attic", name="Attic"), features, __version__)
    announced = config_topic("homeassistant", "attic")
    async with aiomqtt.Client("127.0.0.1", house_broker.port) as client:
        await client.publish(announced, to_json(config), qos=1)
        await client.publish(topics.availability, "online", qos=1, retain=True)
        health = to_json({"temperature": {"celsius": 41.5}})
        await client.publish(topics.health, health, qos=1, retain=True)
        shown = await api.until("sensor.attic_temperature", "41.5")
        entry = (await api.entities("parlor_attic"))["parlor_attic_temperature"]
        for topic in (announced, topics.availability, topics.health):
            await client.publish(topic, "", qos=1, retain=True)
    attributes = shown["attributes"]
    assert attributes["device_class"] == "temperature"
    assert attributes["unit_of_measurement"] == "°C"
    assert entry["entity_category"] == "diagnostic"


def _is_available(state: Json) -> bool:
    return bool(state["state"] != "unavailable")
