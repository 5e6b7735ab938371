"""What a simulated fleet goes through; each scene gives its figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final

from benchmarks.broker import Broker, Greetings
from benchmarks.fleet_crews import Crews
from benchmarks.fleet_figures import arrivals, counted, latencies, of_bids
from benchmarks.fleet_hub import ANNOUNCED, EVENTS, STATES, hub, retained
from benchmarks.fleet_speaker import device_id, room_of
from benchmarks.report import Figure
from device.mqtt.topics import Topics

OUTAGE_SECONDS: Final = 5.0
ANNOUNCEMENTS: Final = 5
ROUNDS: Final = 3
WAKES_A_SECOND: Final = 50
IDLE_SECONDS: Final = 10.0
_PATIENCE_SECONDS: Final = 120.0
_LAST_SECONDS: Final = 20.0
"""For what is still on its way when it should all be there."""
_APART_SECONDS: Final = 3.0
"""Between rounds, so that a bid of one is none in the next."""
_ALL_SECONDS: Final = 30.0
"""In which all should be back."""
_NOTICED_SECONDS: Final = 61.0
"""Twice [mqtt] keepalive_seconds, and the second in which paho looks at its clock."""

Scene = Callable[[Broker, Crews], Awaitable[list[Figure]]]


async def connect(broker: Broker, fleet: Crews) -> list[Figure]:
    """All start in the same moment, as after a power cut."""
    greeted = broker.greetings
    began = time.monotonic()
    fleet.order("start")
    there = await fleet.everybody("up", _PATIENCE_SECONDS)
    return [
        *arrivals("connect", _since(began, there), fleet.count, _ALL_SECONDS),
        *_greeted("connect_failed", broker, greeted),
    ]


async def announce(broker: Broker, fleet: Crews) -> list[Figure]:
    """Every speaker is told to say something, all of them at once."""
    took: list[float] = []
    async with hub(broker.port) as caller:
        for number in range(ANNOUNCEMENTS):
            key = f"announcement {number}"
            fleet.notes["heard"].clear()
            asked = await caller.announce(fleet.count, key)
            heard = await fleet.until("heard", fleet.count, _LAST_SECONDS)
            took += [one["at"] - asked[one["speaker"]] for one in heard if one["key"] == key]
    return [*latencies("announce", took, ANNOUNCEMENTS * fleet.count)]


async def discovery(broker: Broker, fleet: Crews) -> list[Figure]:
    """Home Assistant starts, and everybody announces himself again."""
    async with hub(broker.port, ANNOUNCED) as assistant:
        await assistant.settle(_LAST_SECONDS, fleet.count)
        assistant.seen.clear()
        born = await assistant.be_born()
        await assistant.settle(_LAST_SECONDS, fleet.count)
        first: dict[str, float] = {}
        for at, topic, _ in assistant.seen:
            first.setdefault(topic, at - born)
    return [*arrivals("discovery", list(first.values()), fleet.count, _ALL_SECONDS)]


async def bids(_broker: Broker, fleet: Crews) -> list[Figure]:
    """In every room all hear one wake word."""
    within = fleet.count / WAKES_A_SECOND
    for number in range(ROUNDS):
        at = time.monotonic() + 0.5
        fleet.order("wake", round=number, at=at, within=within)
        wanted = (number + 1) * fleet.count
        await fleet.until("decided", wanted, within + _LAST_SECONDS)
        await asyncio.sleep(_APART_SECONDS)
    rooms = ROUNDS * (1 + room_of(fleet.count - 1))
    notes = fleet.notes
    return [*of_bids(notes["decided"], notes["left"], ROUNDS * fleet.count, rooms)]


async def restart(broker: Broker, fleet: Crews) -> list[Figure]:
    """The broker is stopped and started again."""
    return await _lost("restart", broker, fleet, broker.stop)


async def killed(broker: Broker, fleet: Crews) -> list[Figure]:
    """The broker dies without a word, as in a power cut."""
    return await _lost("killed", broker, fleet, broker.kill)


async def frozen(broker: Broker, fleet: Crews) -> list[Figure]:
    """The broker's connections stay open and nobody answers, until everybody has noticed."""
    return await _lost("frozen", broker, fleet, broker.freeze)


async def _lost(name: str, broker: Broker, fleet: Crews, lose: Callable[[], None]) -> list[Figure]:
    """The broker goes, everybody changes, it is there again, and everybody tells an event."""
    before = await retained(broker.port, STATES, _LAST_SECONDS)
    for what in ("up", "down"):
        fleet.notes[what].clear()
    gone = time.monotonic()
    lose()
    noticed = await fleet.everybody("down", _PATIENCE_SECONDS)
    broker.stop()
    fleet.order("turn", volume=volume(before))
    await asyncio.sleep(OUTAGE_SECONDS)
    greeted = broker.greetings
    broker.start()
    began = time.monotonic()
    async with hub(broker.port, EVENTS) as observer:
        # Told only now: before, nobody could have heard them arrive.
        fleet.order("tell", key=name)
        back = await fleet.everybody("up", _PATIENCE_SECONDS)
        await observer.settle(_LAST_SECONDS, fleet.count)
        told = sum(name in payload for payload in observer.newest.values())
    after = await retained(broker.port, STATES, _LAST_SECONDS)
    changed = {Topics(device_id(number)).setting("volume"): f"{volume(before):g}"
               for number in range(fleet.count)}  # fmt: skip
    wrong = len((before | changed).items() - after.items())
    return [
        *arrivals(f"{name}_noticed", _since(gone, noticed), fleet.count, _NOTICED_SECONDS),
        *arrivals(f"{name}_back", _since(began, back), fleet.count, _ALL_SECONDS),
        *_greeted(f"{name}_failed", broker, greeted),
        counted(f"{name}_events_lost", fleet.count - told, fleet.count),
        counted(f"{name}_states_wrong", wrong, len(before)),
    ]


def volume(states: Mapping[str, str]) -> float:
    """Another volume than the first speaker has."""
    now = float(states.get(Topics(device_id(0)).setting("volume"), "0.5"))
    return 0.25 if now != 0.25 else 0.75


def _since(began: float, moments: Mapping[int, float]) -> list[float]:
    return [at - began for at in moments.values()]


def _greeted(name: str, broker: Broker, before: Greetings) -> Iterator[Figure]:
    attempts = broker.greetings - before
    yield counted(name, attempts.tried - attempts.accepted, attempts.tried)


async def idle(_broker: Broker, _fleet: Crews) -> list[Figure]:
    """Nothing happens."""
    await asyncio.sleep(IDLE_SECONDS)
    return []
