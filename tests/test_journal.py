"""The log can be read after a day in which everything was away."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.bus import Bus
from device.care.diary import Diary
from device.care.loudspeaker import WatchedSpeaker
from device.clock import run_virtual
from device.config import MqttConfig
from device.errors import DeviceLost, HardwareError
from device.hal.base import Microphone
from device.hal.mock import FaultySpeaker, Lost, ScriptedMicrophone
from device.hal.reopen import ReopeningMicrophone
from device.journal import BURST, EVERY_SECONDS, RateLimit
from device.mqtt.client import MqttClient
from device.running import supervised
from device.tasks import end

DAY_SECONDS = 86_400.0


def record(created: float, text: str = "lost", name: str = "device.mqtt") -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "", 0, "%s", (text,), None)
    made.created = created
    return made


@given(st.lists(st.floats(0.0, 600.0), max_size=200))
def test_no_message_is_written_more_often_than_it_may_and_none_goes_uncounted(
    pauses: list[float],
) -> None:
    limit, at, written, left_out = RateLimit(), 1_000.0, 0, 0
    for pause in pauses:
        at += pause
        one = record(at)
        if limit.filter(one):
            written += 1
            told = one.getMessage()
            left_out += int(told.split("(")[1].split()[0]) if "(" in told else 0
    assert written <= BURST + sum(pauses) / EVERY_SECONDS + 1
    assert written >= min(len(pauses), BURST)
    final = record(at + 2 * EVERY_SECONDS)
    assert limit.filter(final)
    told = final.getMessage()
    left_out += int(told.split("(")[1].split()[0]) if "(" in told else 0
    assert left_out + written == len(pauses)


def test_other_messages_and_turns_are_not_held_back() -> None:
    limit = RateLimit()
    assert sum(limit.filter(record(0.0)) for _ in range(100)) == BURST
    assert limit.filter(record(0.0, name="device.hal"))
    turns = [limit.filter(record(0.0, name="device.care.measuring")) for _ in range(100)]
    assert all(turns)


def test_a_clock_that_is_set_back_silences_nothing_for_long() -> None:
    limit = RateLimit()
    assert sum(limit.filter(record(1e9)) for _ in range(100)) == BURST
    assert not limit.filter(record(0.0))
    assert limit.filter(record(2 * EVERY_SECONDS))


def test_many_kinds_of_messages_take_no_more_memory() -> None:
    limit = RateLimit()
    for number in range(10_000):
        limit.filter(record(0.0, name=f"device.{number}"))
    assert len(limit._kinds) <= 200


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody answers at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def away(*_arguments: object) -> Microphone:
    raise DeviceLost("the microphone is unplugged; plug it in")


def test_a_day_without_broker_microphone_and_loudspeaker_is_a_few_lines(
    closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def hear(microphone: ReopeningMicrophone) -> None:
        await microphone.read()

    async def day() -> None:
        bus = Bus()
        script = iter([cast("Microphone", ScriptedMicrophone([Lost()]))])
        microphone = ReopeningMicrophone(lambda: next(script, None) or away())
        speaker = FaultySpeaker()
        speaker.unplug()
        watched = WatchedSpeaker(speaker, bus.tell)
        client = MqttClient(
            MqttConfig(host="127.0.0.1", port=closed_port), "kitchen",
            lambda healthy, code: bus.tell(
                e.HealthChanged(part="broker", healthy=healthy, code=code)
            ),
        )  # fmt: skip
        diary = asyncio.create_task(Diary(bus.subscribe()).run())
        tasks = [
            asyncio.create_task(supervised(part))
            for part in (client.run, watched.run, lambda: hear(microphone))
        ]
        bus.tell(e.Ready(words=("hey jarvis",)))
        with pytest.raises(DeviceLost):
            await watched.drain()
        await asyncio.sleep(DAY_SECONDS)
        assert asyncio.get_running_loop().time() >= DAY_SECONDS
        await end(*tasks)
        bus.close()
        await diary

    run_virtual(day())
    lines = [one.getMessage() for one in caplog.records]
    assert 4 <= len(lines) <= 12, lines
    for what in ("listens for hey jarvis", "broker-unreachable", "the speaker gives", "stops"):
        assert any(what in line for line in lines), what
    assert not any(one.exc_info for one in caplog.records)


def test_a_part_that_fails_for_a_known_reason_leaves_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails() -> None:
        raise HardwareError("the ring of lights does not answer; check its wiring")

    async def breaks() -> None:
        raise ZeroDivisionError("odd")

    async def main() -> None:
        tasks = [asyncio.create_task(supervised(part)) for part in (fails, breaks)]
        await asyncio.sleep(0.5)
        await end(*tasks)

    run_virtual(main())
    known, unknown = caplog.records
    assert not known.exc_info
    assert "check its wiring" in known.getMessage()
    assert unknown.exc_info


def test_losses_and_returns_are_one_line_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> None:
        bus = Bus()
        diary = asyncio.create_task(Diary(bus.subscribe()).run())
        for healthy, code in ((True, ""), (False, "audio-device-lost"), (True, ""), (True, "")):
            bus.tell(e.HealthChanged(part="microphone", healthy=healthy, code=code))
        bus.close()
        await diary

    run_virtual(main())
    lost, back, stops = (one.getMessage() for one in caplog.records)
    assert lost.endswith("[audio-device-lost]")
    assert (back, stops) == ("the microphone works again", "stops")
