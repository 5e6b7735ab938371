"""The access list that Parlor ships, on a real Mosquitto with a password for everybody."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from benchmarks.broker import Broker, find_mosquitto
from device.mqtt.client import MqttClient
from tests.mqtt.clients import running

ACL = Path(__file__).parents[2] / "ansible/roles/mosquitto/files/acl"
USERS = ("homeassistant", "kitchen", "bath")
DONE = "parlor/kitchen/done"

pytestmark = pytest.mark.broker


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed; run: make setup")
    with Broker(tmp_path, users={name: f"{name}'s" for name in USERS}, acl=ACL) as broker:
        yield broker


@asynccontextmanager
async def login(broker: Broker, name: str, listens: bool = False) -> AsyncIterator[aiomqtt.Client]:
    client = aiomqtt.Client("127.0.0.1", broker.port, username=name, password=f"{name}'s")
    async with client:
        if listens:
            await client.subscribe("#", qos=1)
        yield client


async def topics(client: aiomqtt.Client, until: str) -> set[str]:
    """Topics that arrive before `until`."""
    seen: set[str] = set()
    async with asyncio.timeout(10):
        async for message in client.messages:
            if message.topic.value == until:
                break
            seen.add(message.topic.value)
    return seen


async def written(broker: Broker, name: str, wanted: set[str]) -> set[str]:
    """Which of the topics `name` may publish on, as Home Assistant sees it."""
    async with (
        login(broker, "homeassistant", listens=True) as observer,
        login(broker, name) as speaker,
        login(broker, "homeassistant") as last,
    ):
        for topic in sorted(wanted):
            await speaker.publish(topic, "ON", qos=1)
        await last.publish(DONE, "", qos=1)
        return await topics(observer, DONE)


async def heard(broker: Broker, name: str, wanted: set[str]) -> set[str]:
    """Which of the topics `name` hears when Home Assistant publishes on them."""
    done = f"parlor/{name}/done"
    async with (
        login(broker, name, listens=True) as speaker,
        login(broker, "homeassistant") as other,
    ):
        for topic in sorted(wanted):
            await other.publish(topic, "ON", qos=1)
        await other.publish(done, "", qos=1)
        return await topics(speaker, done)


async def test_a_speaker_writes_its_own_topics_and_what_the_home_obeys(guarded: Broker) -> None:
    allowed = {
        "parlor/kitchen/state",
        "parlor/kitchen/stop/set",
        "parlor/bid/home",
        "homeassistant/device/parlor/kitchen/config",
        "zigbee2mqtt/reading lamp/set",
        "zigbee2mqtt/attic/lamp/set",
        "cmnd/plug/POWER",
        "node/light/desk/command",
        "node/cover/blind/position/command",
        "node/climate/hall/target_temperature/command",
        "light/porch/set",
        "porch/switch/set",
    }
    assert await written(guarded, "kitchen", allowed) == allowed


async def test_a_speaker_cannot_command_or_impersonate_another_one(guarded: Broker) -> None:
    forbidden = {
        "parlor/bath/stop/set",
        "parlor/bath/announce/set",
        "parlor/bath/availability",
        "parlor/bath/x/command",
        "parlor/bath/x/y/command",
        "parlor/bath/set",
        "parlor/bath",
        "homeassistant/device/parlor/bath/config",
        "homeassistant/status",
        "homeassistant/light/lamp/config",
        "zigbee2mqtt/bridge/request/permit_join",
        "zigbee2mqtt/lamp",
    }
    assert await written(guarded, "kitchen", forbidden) == set()
    assert await written(guarded, "homeassistant", forbidden) == forbidden


async def test_a_speaker_hears_the_home_and_itself_and_no_other_speaker(guarded: Broker) -> None:
    allowed = {
        "parlor/kitchen/stop/set",
        "parlor/bid/home",
        "homeassistant/status",
        "homeassistant/light/lamp/config",
        "homeassistant/vacuum/node/robot/config",
        "homeassistant/device/lamp/config",
        "homeassistant/device/parlor/kitchen/config",
        "zigbee2mqtt/bridge/devices",
        "zigbee2mqtt/lamp",
        "stat/plug/POWER",
        "tele/plug/SENSOR",
        "node/light/desk/state",
        "node/binary_sensor/door/state",
    }
    forbidden = {
        "parlor/bath/event",
        "parlor/bath/say/set",
        "parlor/bath",
        "homeassistant/device/parlor/bath/config",
        "alarm/code",
    }
    assert await heard(guarded, "kitchen", allowed | forbidden) == allowed


async def test_what_a_neighbour_would_hear_of_a_speaker_is_nothing(guarded: Broker) -> None:
    async with (
        login(guarded, "bath", listens=True) as neighbour,
        login(guarded, "kitchen") as speaker,
        login(guarded, "homeassistant") as last,
    ):
        await speaker.publish("parlor/kitchen/event", "{}", qos=1, retain=True)
        await last.publish("parlor/bath/done", "", qos=1)
        assert await topics(neighbour, "parlor/bath/done") == set()


async def test_nobody_without_a_password_gets_in(guarded: Broker) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", guarded.port):
            pass


async def test_parlors_own_client_does_its_work_under_the_list(
    guarded: Broker, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("kitchen's")
    update = {"username": "kitchen", "password_file": secret}
    client = MqttClient(guarded.config.model_copy(update=update), "kitchen")
    commands: list[str] = []
    client.subscribe("parlor/kitchen/+/set", lambda topic, *_rest: commands.append(topic))
    async with login(guarded, "homeassistant", listens=True) as observer:
        async with running(client):
            assert await client.wait_connected(10)
            await client.report("parlor/kitchen/state", "idle")
            await client.publish("zigbee2mqtt/lamp/set", "ON")
            async with login(guarded, "bath") as neighbour, login(guarded, "homeassistant") as home:
                await neighbour.publish("parlor/kitchen/stop/set", "", qos=1)
                await home.publish("parlor/kitchen/listen/set", "", qos=1)
            async with asyncio.timeout(10):
                while not commands:
                    await asyncio.sleep(0.02)
        assert commands == ["parlor/kitchen/listen/set"]
        seen = await topics(observer, "zigbee2mqtt/lamp/set")
        assert {"parlor/kitchen/availability", "parlor/kitchen/state"} <= seen
