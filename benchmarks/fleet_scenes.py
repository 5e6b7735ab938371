"""What a simulated fleet goes through; each scene gives its figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from benchmarks.broker import Broker
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
_CHANGED: Final = 0.25

Scene = Callable[[Broker, Crews], Awaitable[list[Figure]]]


async def connect(broker: Broker, fleet: Crews) -> list[Figure]:
    """All start in the same moment, as after a power cut."""
    greeted = broker.greetings
    began = time.monotonic()
    fleet.order("start")
    up = await fleet.until("up", fleet.count, _PATIENCE_SECONDS)
    there = [note["at"] - began for note in up]
    attempts = broker.greetings - greeted
    return [
        *arrivals("connect", there, fleet.count, _ALL_SECONDS),
        counted("connect_failed", attempts.tried - attempts.accepted, attempts.tried),
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
    """The broker stops, everybody changes, it is there again, and everybody tells an event."""
    before = await retained(broker.port, STATES, _LAST_SECONDS)
    fleet.notes["up"].clear()
    broker.stop()
    await fleet.until("down", fleet.count, _PATIENCE_SECONDS)
    fleet.order("turn", volume=_CHANGED)
    await asyncio.sleep(OUTAGE_SECONDS)
    greeted = broker.greetings
    broker.start()
    began = time.monotonic()
    async with hub(broker.port, EVENTS) as observer:
        # Told only now: before, nobody could have heard them arrive.
        fleet.order("tell", key="after")
        up = await fleet.until("up", fleet.count, _PATIENCE_SECONDS)
        back = [note["at"] - began for note in up]
        await observer.settle(_LAST_SECONDS, fleet.count)
        told = sum("after" in payload for payload in observer.newest.values())
    after = await retained(broker.port, STATES, _LAST_SECONDS)
    changed = {Topics(device_id(number)).setting("volume"): f"{_CHANGED:g}"
               for number in range(fleet.count)}  # fmt: skip
    attempts = broker.greetings - greeted
    wrong = len((before | changed).items() - after.items())
    return [
        *arrivals("restart", back, fleet.count, _ALL_SECONDS),
        counted("restart_failed", attempts.tried - attempts.accepted, attempts.tried),
        counted("restart_events_lost", fleet.count - told, fleet.count),
        counted("restart_states_wrong", wrong, len(before)),
    ]


async def idle(_broker: Broker, _fleet: Crews) -> list[Figure]:
    """Nothing happens."""
    await asyncio.sleep(IDLE_SECONDS)
    return []
