"""Two hundred commands a second both ways, between a real broker and the speaker's own parts."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiomqtt

from benchmarks.broker import Broker
from benchmarks.lamp import Lamps
from benchmarks.report import Figure, percentile
from device import events as e
from device.bus import Bus
from device.config import DeviceConfig
from device.home.actions import Actuator
from device.mqtt.bridge import Bridge, Speaker
from device.mqtt.client import MqttClient
from device.mqtt.topics import Topics
from device.settings import Settings
from device.tasks import end
from device.types import Action, Outcome

A_SECOND: Final = 200
_LAMPS: Final = 50
_PATIENCE_SECONDS: Final = 10.0
_TOPICS: Final = Topics("bench")


class _Inbox:
    """A session that does at once what it is asked, and remembers when."""

    def __init__(self, bus: Bus, count: int) -> None:
        """`count`: how many volumes to expect."""
        self.all_taken = asyncio.Event()
        self.taken: dict[float, float] = {}
        """Loop time by the volume that was asked for."""
        self._bus = bus
        self._count = count

    @property
    def seconds(self) -> float:
        """Nothing is captured."""
        return 0.0

    def post(self, event: e.Event) -> None:
        """Take a volume, and tell of it, so that it is reported."""
        if isinstance(event, e.VolumeChanged):
            self.taken[event.volume] = asyncio.get_running_loop().time()
            self._bus.tell(event)
            if len(self.taken) == self._count:
                self.all_taken.set()


def measure(seconds: float) -> list[Figure]:
    """Volumes are set and lamps are switched, each two hundred times a second for so long."""
    return asyncio.run(_measure(round(seconds * A_SECOND)))


async def _measure(count: int) -> list[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Broker(Path(folder)) as broker,
        Lamps("127.0.0.1", broker.port),
    ):
        bus = Bus()
        inbox = _Inbox(bus, count)
        client = MqttClient(broker.config, _TOPICS.device_id)
        async with _speaker(client, bus, inbox, broker):
            asked, switched = await _command(client, broker, count)
            with suppress(TimeoutError):
                await asyncio.wait_for(inbox.all_taken.wait(), _PATIENCE_SECONDS)
    took = [1000 * (inbox.taken[volume] - at) for volume, at in asked.items()
            if volume in inbox.taken]  # fmt: skip
    confirmed = [1000 * seconds for outcome, seconds in switched if outcome is Outcome.CONFIRMED]
    return [
        *_figures("load_commands_in", took, count),
        *_figures("load_actions_out", confirmed, count),
    ]


@asynccontextmanager
async def _speaker(
    client: MqttClient, bus: Bus, inbox: _Inbox, broker: Broker
) -> AsyncIterator[None]:
    about = Speaker(
        DeviceConfig(id=_TOPICS.device_id), broker.config, Settings(), celsius=lambda: None
    )
    bridge = Bridge(client, bus, inbox, lambda _event: None, about)
    # A home's states are subscribed to before anything is switched.
    for lamp in range(_LAMPS):
        client.subscribe(_action(lamp).state_topic, lambda _topic, _payload, _retained: None)
    tasks = [asyncio.create_task(part()) for part in (client.run, bridge.run)]
    try:
        await client.wait_connected(_PATIENCE_SECONDS)
        yield
    finally:
        await end(*tasks)


async def _command(
    client: MqttClient, broker: Broker, count: int
) -> tuple[dict[float, float], list[tuple[Outcome, float]]]:
    """When each volume was asked for, and how each lamp was switched and how fast."""
    loop = asyncio.get_running_loop()
    actuator = Actuator(client)
    asked: dict[float, float] = {}
    async with (
        aiomqtt.Client("127.0.0.1", broker.port) as sender,
        asyncio.TaskGroup() as group,
    ):
        sender.pending_calls_threshold = count
        began = loop.time()
        switching = []
        for number in range(count):
            await asyncio.sleep(began + number / A_SECOND - loop.time())
            volume = number / count
            asked[volume] = loop.time()
            topic = f"{_TOPICS.base}/volume/set"
            group.create_task(sender.publish(topic, repr(volume), qos=1))
            switching.append(group.create_task(_switch(actuator, _action(number))))
    return asked, [task.result() for task in switching]


async def _switch(actuator: Actuator, action: Action) -> tuple[Outcome, float]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    outcome = await actuator.perform(action)
    return outcome, loop.time() - began


def _action(number: int) -> Action:
    lamp = number % _LAMPS
    topic = f"zigbee2mqtt/lamp {lamp}"
    return Action(
        f"light.lamp_{lamp}", "turn_on", f"{topic}/set", '{"state": "ON"}', topic, "ON", "state"
    )


def _figures(name: str, milliseconds: list[float], count: int) -> list[Figure]:
    lost = count - len(milliseconds)
    p95 = percentile(milliseconds, 0.95) if milliseconds else float("nan")
    return [
        Figure(f"{name}_lost", lost, "", "lower", count, target=0.0),
        Figure(f"{name}_p95", p95, "ms", "lower", len(milliseconds)),
    ]
