"""A loudspeaker that fails is told, and brought back though nothing is said."""

import asyncio

import pytest

from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import RATE
from device.care.loudspeaker import WatchedSpeaker
from device.clock import run_virtual
from device.errors import DeviceLost
from device.hal.base import Rendered
from device.hal.mock import FaultySpeaker
from device.hal.reopen import ReopeningSpeaker
from tests.audio.signals import tone

SOUND = AudioChunk.from_samples(tone(0.1))
LOST = e.HealthChanged(part="speaker", healthy=False, code="audio-device-lost")
BACK = e.HealthChanged(part="speaker", healthy=True)


class Socket:
    """Where loudspeakers are plugged in; one that is empty fails."""

    def __init__(self) -> None:
        self.full = True
        self.opened: list[FaultySpeaker] = []

    def open(self) -> FaultySpeaker:
        speaker = FaultySpeaker(RATE)
        if not self.full:
            speaker.unplug()
        self.opened.append(speaker)
        return speaker

    def pull(self) -> None:
        self.full = False
        self.opened[-1].unplug()


def test_a_failure_is_told_once_and_its_end_when_something_was_played_again() -> None:
    async def main() -> None:
        socket, told = Socket(), list[e.Event]()
        speaker = WatchedSpeaker(ReopeningSpeaker(socket.open), told.append)
        await speaker.write(SOUND)
        await speaker.drain()
        assert told == []
        socket.pull()
        for _ in range(3):
            with pytest.raises(DeviceLost):
                await speaker.write(SOUND)
        assert told == [LOST]
        socket.full = True
        await speaker.write(SOUND)
        assert told == [LOST], "that it takes something is no proof"
        await speaker.drain()
        assert told == [LOST, BACK]

    run_virtual(main())


def test_it_is_tried_ever_more_rarely_until_it_plays() -> None:
    async def main() -> None:
        socket, told = Socket(), list[e.Event]()
        speaker = WatchedSpeaker(ReopeningSpeaker(socket.open), told.append)
        trying = asyncio.create_task(speaker.run())
        socket.pull()
        with pytest.raises(DeviceLost):
            await speaker.write(SOUND)
        await asyncio.sleep(3_600)
        assert 10 <= len(socket.opened) <= 20
        socket.full = True
        await asyncio.sleep(601)
        assert told == [LOST, BACK]
        tries = len(socket.opened)
        await asyncio.sleep(3_600)
        assert len(socket.opened) == tries
        trying.cancel()

    run_virtual(main())


def test_all_else_is_that_of_the_loudspeaker() -> None:
    async def main() -> None:
        inner, rendered = FaultySpeaker(RATE), list[Rendered]()
        speaker = WatchedSpeaker(inner, lambda event: None)
        speaker.on_rendered(rendered.append)
        await speaker.write(SOUND)
        assert speaker.latency_seconds == inner.latency_seconds > 0
        assert speaker.counters is inner.counters
        assert speaker.soften(0.1, 0.01) == pytest.approx(0.1)
        assert await speaker.drop() > 0
        await asyncio.sleep(0.1)
        assert rendered
        await speaker.close()

    run_virtual(main())
