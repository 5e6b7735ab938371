"""A simulated home: devices that obey, and every way in which they do not."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum

from device.errors import BrokerUnreachable
from device.home.base import Command, Device
from device.home.services import literal_start, placeholders


class Fault(StrEnum):
    """What can be wrong with a device."""

    SILENT = "silent"
    """It obeys, or does not, and reports nothing."""
    STUBBORN = "stubborn"
    """It reports a state other than the one that was asked for."""


class SimulatedHome:
    """A CommandPort with the devices behind it; they answer after `delay_seconds` of loop time."""

    def __init__(self, devices: Sequence[Device] = (), delay_seconds: float = 0.02) -> None:
        self.published: list[tuple[str, str]] = []
        """Every message that reached the broker, as (topic, payload)."""
        self.connected = True
        """False: nothing answers at the broker's address."""
        self.faults: dict[str, Fault] = {}
        """Fault by entity id."""
        self._devices = tuple(devices)
        self._delay_seconds = delay_seconds
        self._watchers: dict[str, list[asyncio.Queue[str]]] = {}
        self._answers: set[asyncio.Task[None]] = set()

    async def publish(self, topic: str, payload: str) -> None:
        """Take a message; the device it is for answers a moment later."""
        self._check()
        self.published.append((topic, payload))
        for device in self._devices:
            for command in device.commands.values():
                if command.topic == topic and _fits(command, payload):
                    self._answer_later(device, command, payload)
                    return

    @asynccontextmanager
    async def watch(self, topic: str) -> AsyncIterator[AsyncIterator[str]]:
        """Payloads on a topic from now on."""
        self._check()
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._watchers.setdefault(topic, []).append(queue)
        try:
            yield _drain(queue)
        finally:
            self._watchers[topic].remove(queue)

    def report(self, topic: str, payload: str) -> None:
        """Let a device tell something of its own accord."""
        for queue in self._watchers.get(topic, []):
            queue.put_nowait(payload)

    def _check(self) -> None:
        if not self.connected:
            raise BrokerUnreachable("nothing answers at the simulated broker; connect it first")

    def _answer_later(self, device: Device, command: Command, payload: str) -> None:
        fault = self.faults.get(device.entity.id)
        if fault is Fault.SILENT or not command.report.topic:
            return
        value = "fault" if fault is Fault.STUBBORN else _value(command, payload)
        task = asyncio.create_task(self._answer(command, value))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, command: Command, value: object) -> None:
        await asyncio.sleep(self._delay_seconds)
        key = command.report.key
        body: object = value
        for part in reversed(key.split(".") if key else []):
            body = {part: body}
        self.report(command.report.topic, json.dumps(body) if key else str(body))


def _fits(command: Command, payload: str) -> bool:
    """Whether a payload was made from this command's template."""
    if not placeholders(command.payload):
        return command.payload == payload
    return payload.startswith(literal_start(command.payload))


def _value(command: Command, payload: str) -> object:
    """The value the device takes on: what the report's key holds in the payload, or all of it."""
    try:
        body = json.loads(payload)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body.get(command.report.key, command.expected or payload)
    if command.expected and not placeholders(command.expected):
        return command.expected
    return payload


async def _drain(queue: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await queue.get()
