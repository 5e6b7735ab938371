"""What happens when the broker of a large house restarts and every speaker comes back at once."""

import asyncio
import logging
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import aiomqtt

from benchmarks.broker import Broker
from benchmarks.report import Figure, percentile
from device.mqtt.client import MqttClient
from device.tasks import end

STATES = 10
"""Retained states of each speaker, beside ~/availability."""
EVENTS = 2
"""Events that each speaker tells in the storm."""
OUTAGE_SECONDS = 5.0
"""Long enough that the speakers wait for seconds between attempts."""

_PATIENCE_SECONDS = 120.0
_LAST_SECONDS = 10.0
"""For what is still on its way when all are connected."""


async def reconnect_storm(count: int = 200, outage_seconds: float = OUTAGE_SECONDS) -> list[Figure]:
    """Kill the broker of `count` speakers, start it again, and see how they come back."""
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker, _quiet():
        async with _speakers(broker, count) as speakers:
            await asyncio.gather(*(one.wait_connected(_PATIENCE_SECONDS) for one in speakers))
            await _report(speakers, "before")
            broker.kill()
            await _until(lambda: not any(speaker.connected for speaker in speakers))
            await _report(speakers, "after")
            await asyncio.sleep(outage_seconds)
            greeted_before = _greetings(broker)
            return await _storm(broker, speakers, greeted_before)


async def _storm(broker: Broker, speakers: list[MqttClient], greeted_before: int) -> list[Figure]:
    loop = asyncio.get_running_loop()
    broker.start()
    began = loop.time()
    count = len(speakers)
    states, events = _states(count), _events(count)
    async with _observer(broker) as seen:
        # Told only now: before, nobody could have heard them arrive.
        telling = asyncio.gather(*(_tell(number, one) for number, one in enumerate(speakers)))
        back = await asyncio.gather(*(_back(speaker, began) for speaker in speakers))
        await telling
        await _until(lambda: states.items() <= seen.items(), _LAST_SECONDS)
        right = loop.time() - began
        await _until(lambda: events <= seen.keys(), _LAST_SECONDS)
    wrong, lost = len(states.items() - seen.items()), len(events - seen.keys())
    greetings = _greetings(broker) - greeted_before
    return _figures(back, right, wrong, greetings / count, lost)


def _figures(
    back: list[float], right: float, wrong: int, greetings: float, lost: int
) -> list[Figure]:
    count = len(back)
    states = count * (STATES + 1)
    return [
        Figure("storm_back_p50", percentile(back, 0.5), "s", "lower", count),
        Figure("storm_back_last", max(back), "s", "lower", count, target=30.0),
        Figure("storm_states_right", right, "s", "lower", states, target=30.0),
        Figure("storm_states_wrong", wrong, "", "lower", states, target=0.0),
        Figure("storm_events_lost", lost, "", "lower", count * EVENTS, target=0.0),
        Figure("storm_connections_per_speaker", greetings, "", "lower", count),
    ]


@asynccontextmanager
async def _speakers(broker: Broker, count: int) -> AsyncIterator[list[MqttClient]]:
    speakers = [MqttClient(broker.config, _name(number)) for number in range(count)]
    tasks = [asyncio.create_task(speaker.run()) for speaker in speakers]
    try:
        yield speakers
    finally:
        await end(*tasks)


@asynccontextmanager
async def _observer(broker: Broker) -> AsyncIterator[dict[str, str]]:
    """The newest payload by topic, events by a topic each."""
    seen: dict[str, str] = {}

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            seen[message.topic.value] = message.payload.decode()

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(aiomqtt.Client("127.0.0.1", broker.port))
        await client.subscribe("parlor/#", qos=1)
        listening = asyncio.create_task(listen(client))
        stack.push_async_callback(end, listening)
        yield seen


@contextmanager
def _quiet() -> Iterator[None]:
    """Nobody needs to read two hundred times that the broker is away."""
    logger = logging.getLogger("device.mqtt")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _name(number: int) -> str:
    return f"storm{number}"


def _states(count: int) -> dict[str, str]:
    """What the broker must hold when all are back."""
    told: dict[str, str] = {}
    for number in range(count):
        base = f"parlor/{_name(number)}"
        told[f"{base}/availability"] = "online"
        told |= {f"{base}/state{state}": "after" for state in range(STATES)}
    return told


def _events(count: int) -> set[str]:
    """Topics of all events, one each."""
    return {_event(number, event) for number in range(count) for event in range(EVENTS)}


def _event(number: int, event: int) -> str:
    return f"parlor/{_name(number)}/event/{event}"


async def _report(speakers: list[MqttClient], payload: str) -> None:
    for number, speaker in enumerate(speakers):
        for state in range(STATES):
            await speaker.report(f"parlor/{_name(number)}/state{state}", payload)


async def _tell(number: int, speaker: MqttClient) -> None:
    for event in range(EVENTS):
        await speaker.tell(_event(number, event), "{}")


async def _back(speaker: MqttClient, began: float) -> float:
    await speaker.wait_connected(_PATIENCE_SECONDS)
    return asyncio.get_running_loop().time() - began


async def _until(condition: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - nothing tells when it is so
                await asyncio.sleep(0.05)


def _greetings(broker: Broker) -> int:
    return len(re.findall(r"New client connected .* as parlor-storm", broker.log))
