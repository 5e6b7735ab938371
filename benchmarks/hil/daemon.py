"""Plays a scenario to a speaker that runs by itself: sound goes in and out, MQTT tells the rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import aiomqtt

from benchmarks.card import Card
from benchmarks.echo_path import EchoPath
from benchmarks.hil.outside import Outside
from benchmarks.scenario.account import Account, Said, Sound
from benchmarks.scenario.direct import Notes, direct
from benchmarks.scenario.live import HOLES, delays_of, recorded, room_around
from benchmarks.scenario.script import Command, Fault, Scenario, Speech
from benchmarks.scenario.voices import Sounds, prepare
from device.audio.format import RATE
from device.audio.level import to_samples
from device.config import Config
from device.errors import BrokerUnreachable, DeviceError, UsageError
from device.mqtt.connection import Connection, Dialer, explain
from device.mqtt.topics import Topics
from device.tasks import end

_THERE_SECONDS: Final = 10.0
_LEARN_SECONDS: Final = 1.0
"""In which a speaker learns of lamps that announce themselves."""
_POLL_SECONDS: Final = 0.05


class DaemonStage:
    """The room around a speaker, and its broker."""

    def __init__(
        self, path: EchoPath, connection: Connection, topics: Topics, sounds: Sounds
    ) -> None:
        self._path = path
        self._connection = connection
        self._topics = topics
        self._sounds = sounds

    async def say(self, speech: tuple[Speech, ...]) -> Said:
        """Let it be heard after what is being said."""
        spoken = self._sounds[speech]
        at = await asyncio.to_thread(self._path.say, to_samples(spoken.sound), RATE)
        return spoken.said(at)

    async def ask(self, text: str) -> None:
        """Type a sentence."""
        await self._send("ask", text)

    async def announce(self, text: str) -> None:
        """Let the speaker say something of its own."""
        await self._send("say", text)

    async def command(self, name: Command) -> None:
        """Give the command by MQTT."""
        await self._send(name, "")

    async def fault(self, kind: Fault) -> None:
        """Never: nothing is broken on purpose while it serves people. Raises UsageError."""
        raise UsageError(f"{kind} is nothing that is done to a running speaker")

    async def _send(self, name: str, payload: str) -> None:
        await self._connection.publish(self._topics.command(name), payload, qos=1)


def play(scenario: Scenario, beside: Path, card: Card, config: Config) -> Account:
    """Play it in real time; `config`: that of the speaker.

    Raises BrokerError; DeviceError where the speaker is not there or does not come to rest.
    """
    sounds = prepare(scenario, beside)
    with recorded(card) as sound:
        try:
            account = asyncio.run(_play(scenario, card, config, sounds))
        except aiomqtt.MqttError as error:
            raise explain(error, config.mqtt) from error
    return replace(account, played=sound("spk"), heard=sound("mic"))


async def _play(scenario: Scenario, card: Card, config: Config, sounds: Sounds) -> Account:
    notes, topics = Notes(), Topics(config.device.id)
    outside = Outside(topics, scenario)
    async with AsyncExitStack() as stack:
        connection = await Dialer(config.mqtt, "").dial()
        stack.push_async_exit(connection)
        for one in outside.filters():
            await connection.subscribe(one, qos=1)
        reading = asyncio.create_task(_read(connection, outside, notes))
        stack.push_async_callback(end, reading)
        await _at_rest(outside, topics)
        prefix = config.mqtt.discovery_prefix
        await stack.enter_async_context(_lamps(connection, outside, prefix))
        path = room_around(card, scenario)
        await asyncio.to_thread(path.__enter__)
        stack.callback(path.__exit__, None, None, None)
        await direct(scenario, DaemonStage(path, connection, topics, sounds), notes)
        if reading.done():
            raise BrokerUnreachable("the connection to the broker broke during the scenario")
    if path.holes:
        notes.troubles.append(HOLES)
    return Account(
        notes.happenings, Sound(), notes.marks, notes.said, outside.commands, [], notes.troubles,
        delays=[delays_of(path)],
    )  # fmt: skip


async def _read(connection: Connection, outside: Outside, notes: Notes) -> None:
    with suppress(aiomqtt.MqttError):
        async for message in connection.messages:
            topic, payload = message.topic.value, bytes(message.payload).decode(errors="replace")
            for told in outside.take(topic, payload):
                notes.note(told)
            if (obeyed := outside.answer(topic, payload)) is not None:
                await connection.publish(*obeyed, qos=1)


async def _at_rest(outside: Outside, topics: Topics) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _THERE_SECONDS
    while loop.time() < deadline:
        if outside.resting:
            return
        await asyncio.sleep(_POLL_SECONDS)
    what = "does not come to rest" if outside.online else "is not online"
    raise DeviceError(
        f"the speaker {topics.device_id} {what}; look at {topics.base}/availability and"
        f" {topics.base}/state, and at: systemctl status parlor"
    )


@asynccontextmanager
async def _lamps(connection: Connection, outside: Outside, prefix: str) -> AsyncIterator[None]:
    """Lamps of ours at home, for the block."""
    announced = outside.announcements(prefix)
    try:
        for topic, payload in announced.items():
            await connection.publish(topic, payload, qos=1, retain=True)
        await asyncio.sleep(_LEARN_SECONDS)
        for topic, payload in outside.reports().items():
            await connection.publish(topic, payload, qos=1)
        yield
    finally:
        for topic in announced:
            await connection.publish(topic, "", qos=1, retain=True)
