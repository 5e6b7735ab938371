"""Several people who speak over the network at once, with the engines of one house."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import pytest

from benchmarks.broker import Broker
from benchmarks.espeak import speak
from benchmarks.lamp import Lamps
from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.audio.timeline import Timeline
from device.bus import Bus
from device.config import Config, EntityConfig, HomeConfig, MqttConfig
from device.core import Core
from device.daemon import open_house
from device.guests import Guest, Guests
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from device.tasks import end
from device.types import Domain

pytestmark = pytest.mark.broker

LAMPS = ("kitchen light", "bedroom lamp")


def config_with(broker: Broker) -> Config:
    lamps = tuple(
        EntityConfig(name=name, domain=Domain.LIGHT, preset="zigbee2mqtt") for name in LAMPS
    )
    mqtt = MqttConfig(host="127.0.0.1", port=broker.port)
    return Config(mqtt=mqtt, home=HomeConfig(entity=lamps))


@asynccontextmanager
async def letting_in(config: Config) -> AsyncIterator[Guests]:
    async with AsyncExitStack() as stack:
        bus = Bus(lambda: 0.0)
        core = Core(config, stack, bus, Timeline(), asyncio.Queue(), rehearsal=True)
        house = await open_house(core)
        running = asyncio.create_task(house.client.run())
        stack.push_async_callback(end, running)
        await house.client.wait_tried(5.0)
        await house.engines.loaded()
        yield Guests(config, house)


class Visitor:
    """Somebody at the other end of a line: what is heard there, and what happens."""

    def __init__(self) -> None:
        self.microphone = NetworkMicrophone(24_000)
        self.heard: list[AudioChunk] = []
        self.cut = 0
        self.speaker = NetworkSpeaker(24_000, self.heard.append, self._forget)
        self.events: list[e.Event] = []

    async def ask(self, guest: Guest, said: Samples) -> str:
        """Press, speak, and give the reply when it was spoken to its end."""
        told = guest.bus.subscribe()
        guest.session.post(e.ListenRequested())
        self.microphone.feed(said)
        reply = ""
        async for event in told:
            self.events.append(event)
            if isinstance(event, e.ReplyText):
                reply += event.text
            if isinstance(event, e.PlaybackFinished):
                break
        told.close()
        return reply

    def _forget(self) -> None:
        self.cut += 1


def spoken(text: str) -> Samples:
    said = speak(text).samples
    at_24k = np.interp(np.arange(0, len(said), RATE / 24_000), np.arange(len(said)), said)
    return np.concatenate((np.zeros(7_200, np.int16), at_24k.astype(np.int16)))


async def test_two_speak_at_once_and_each_gets_what_it_asked_for(broker: Broker) -> None:
    with Lamps("127.0.0.1", broker.port) as lamps:
        async with letting_in(config_with(broker)) as guests:
            one, other = Visitor(), Visitor()
            async with (
                guests.welcome(one.microphone, one.speaker) as first,
                guests.welcome(other.microphone, other.speaker) as second,
            ):
                replies = await asyncio.gather(
                    one.ask(first, spoken("turn on the kitchen light")),
                    other.ask(second, spoken("turn off the bedroom lamp")),
                )
    assert sorted((name, told["state"]) for name, told in lamps.commands) == [
        ("bedroom lamp", "OFF"), ("kitchen light", "ON"),
    ]  # fmt: skip
    assert replies[0] != replies[1]
    for visitor, lamp in ((one, "kitchen"), (other, "bedroom")):
        said = [event.text for event in visitor.events if isinstance(event, e.FinalTranscript)]
        assert len(said) == 1
        assert lamp in said[0]
        assert sum(chunk.seconds for chunk in visitor.heard) > 0.5


async def test_what_was_said_to_one_is_nothing_that_another_can_refer_to(broker: Broker) -> None:
    with Lamps("127.0.0.1", broker.port) as lamps:
        async with letting_in(config_with(broker)) as guests:
            one, other = Visitor(), Visitor()
            async with guests.welcome(one.microphone, one.speaker) as first:
                await one.ask(first, spoken("turn on the kitchen light"))
            async with guests.welcome(other.microphone, other.speaker) as second:
                await other.ask(second, spoken("turn it off"))
    assert [name for name, _ in lamps.commands] == ["kitchen light"]


async def test_who_hangs_up_in_the_middle_of_a_reply_leaves_nothing_behind(broker: Broker) -> None:
    async with letting_in(config_with(broker)) as guests:
        before = len(asyncio.all_tasks())
        visitor = Visitor()
        async with guests.welcome(visitor.microphone, visitor.speaker) as guest:
            told = guest.bus.subscribe()
            guest.session.post(e.UtteranceGiven(text="what can you do"))
            async for event in told:
                if isinstance(event, e.PlaybackStarted):
                    break
        await asyncio.sleep(0.1)
        assert len(asyncio.all_tasks()) <= before
