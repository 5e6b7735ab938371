import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from device import events as e
from device.bus import Bus
from device.clock import run_virtual
from device.gateway.home_view import HomeView, entity_messages, entity_row
from device.tasks import end
from device.types import Domain, Entity, EntityState

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAMP = Entity("light.lamp", "lamp", Domain.LIGHT, area="kitchen")
PLUG = Entity("switch.plug", "plug", Domain.SWITCH)


class Home:
    """What a view looks at."""

    def __init__(self) -> None:
        self.timers: list[dict[str, Any]] = []
        self.entities = [LAMP, PLUG]
        self.states: dict[str, EntityState] = {}
        self.looked = 0
        self.view = HomeView(lambda: self.timers, self._look, self.states.get, lambda: NOON)

    def _look(self) -> list[Entity]:
        self.looked += 1
        return self.entities


def timer(left: int, *, due: str = "2026-11-22T12:05:00+00:00") -> dict[str, Any]:
    return {"id": "1", "name": "egg", "seconds_left": left, "due": due, "is_active": bool(due)}


async def watching(view: HomeView, seconds: float) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(seconds), aclosing(view.watch()) as messages:
            async for message in messages:
                told.append(message)
    except TimeoutError:
        pass
    return told


def test_who_begins_to_watch_is_told_everything() -> None:
    home = Home()
    home.states[LAMP.id] = EntityState("on")
    told = run_virtual(watching(home.view, 0.5))
    assert told == [
        {"event": "timers", "timers": []},
        {"event": "announcements", "announcements": []},
        {
            "event": "entities",
            "entities": [
                {"id": "light.lamp", "name": "lamp", "area": "kitchen", "domain": "light",
                 "state": "on", "unit": ""},
                {"id": "switch.plug", "name": "plug", "area": "", "domain": "switch",
                 "state": "", "unit": ""},
            ],
            "gone": [],
        },
    ]  # fmt: skip


def test_only_what_changed_is_told_again() -> None:
    home = Home()

    async def story() -> list[dict[str, Any]]:
        watched = asyncio.create_task(watching(home.view, 5.5))
        await asyncio.sleep(1.5)
        home.states[LAMP.id] = EntityState("on")
        await asyncio.sleep(2.0)
        home.entities.remove(PLUG)
        return (await watched)[3:]

    lamp = entity_row(LAMP, EntityState("on"))
    assert run_virtual(story()) == [
        {"event": "entities", "entities": [lamp], "gone": []},
        {"event": "entities", "entities": [], "gone": [PLUG.id]},
    ]


def test_a_timer_that_only_counts_down_is_not_told_again_but_one_that_stops_is() -> None:
    home = Home()

    async def story() -> list[dict[str, Any]]:
        home.timers = [timer(300)]
        watched = asyncio.create_task(watching(home.view, 4.5))
        await asyncio.sleep(1.5)
        home.timers = [timer(298)]
        await asyncio.sleep(1.0)
        home.timers = [timer(297, due="")]
        return [part for part in await watched if part["event"] == "timers"]

    assert run_virtual(story()) == [
        {"event": "timers", "timers": [timer(300)]},
        {"event": "timers", "timers": [timer(297, due="")]},
    ]


def test_what_the_speaker_announces_is_shown_and_the_oldest_forgotten() -> None:
    home = Home()

    async def story() -> list[dict[str, Any]]:
        bus = Bus()
        running = asyncio.create_task(home.view.run(bus.subscribe()))
        for number in range(25):
            bus.tell(e.AnnouncementDue(text=f"announcement {number}"))
        bus.tell(e.NoSpeech())
        await asyncio.sleep(0.1)
        told = await watching(home.view, 0.5)
        await end(running)
        return told

    shown = run_virtual(story())[1]["announcements"]
    assert [one["text"] for one in shown] == [f"announcement {number}" for number in range(5, 25)]
    assert shown[0]["at"] == "2026-11-22T12:00:00+00:00"


def test_many_who_watch_look_at_the_home_once_a_second_together() -> None:
    home = Home()

    async def story() -> None:
        await asyncio.gather(*(watching(home.view, 3.5) for _ in range(20)))

    run_virtual(story())
    assert home.looked == 4


def test_a_big_home_comes_in_several_messages() -> None:
    rows = {str(number): {"id": str(number)} for number in range(450)}
    told = entity_messages({"gone": {}}, rows)
    assert [len(message["entities"]) for message in told] == [200, 200, 50]
    assert [message["gone"] for message in told] == [["gone"], [], []]
