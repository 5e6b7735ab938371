import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from device import events as e
from device.bus import Bus
from device.clock import run_virtual
from device.dialog.listbook import ListBook
from device.dialog.timebook import TimeBook
from device.dialog.timer import Instant, TimerKind
from device.executor import InlineExecutor, WorkerExecutor
from device.ringer import Ringer
from device.running import supervised
from device.tasks import end
from tests.dialog.clocks import BERLIN, NOON


class Room:
    """A ringer at work, in virtual time that begins at noon."""

    def __init__(self, folder: Path, began: datetime = NOON) -> None:
        loop = asyncio.get_running_loop()
        self.jumped = 0.0
        wall = began.timestamp()
        self.book = TimeBook(
            folder / "timers.sqlite",
            lambda: Instant(wall + self.jumped + loop.time(), 100.0 + loop.time()),
            BERLIN,
            boot=uuid.uuid4().hex,
        )
        self.bus = Bus()
        self.told = self.bus.subscribe()
        self.posted: list[tuple[float, e.Event]] = []
        lists = ListBook(folder / "lists.sqlite")
        self.ringer = Ringer(
            self.book, lists, self._post, self.bus, InlineExecutor(), self._explain, "en", 540
        )
        self._task = asyncio.create_task(self.ringer.run())

    def _post(self, event: e.Event) -> None:
        self.posted.append((round(asyncio.get_running_loop().time(), 1), event))
        self.bus.tell(event)

    @staticmethod
    def _explain(key: str, language: str, **values: str) -> str:
        return " ".join([language, key, *values.values()])

    async def close(self) -> None:
        """End the ringer; whatever failed in it is raised."""
        await end(self._task)
        self.bus.close()
        if not self._task.cancelled():
            self._task.result()

    def rings(self) -> list[tuple[float, str]]:
        """When what rang."""
        return [(at, event.label) for at, event in self.posted if isinstance(event, e.TimerDue)]

    def ask(self, action: str, **fields: Any) -> None:
        """A command from outside."""
        self.bus.tell(e.TimerRequested(action=action, fields=fields))

    async def kinds(self) -> list[str]:
        """Names of the timer events that were told so far."""
        await asyncio.sleep(0)
        self.told.close()
        return [event.kind async for event in self.told if event.kind.startswith("timer")]


def in_room(tmp_path: Path, play: Callable[[Room], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        room = Room(tmp_path)
        try:
            await play(room)
        finally:
            await room.close()

    run_virtual(main())


def test_a_timer_that_is_set_while_it_waits_rings_to_the_second(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        await asyncio.sleep(7)
        room.book.start(60, "tea", "tea timer")
        room.book.start(3600, "roast", "roast timer")
        await asyncio.sleep(4000)
        assert room.rings() == [(67.0, "tea timer"), (3607.0, "roast timer")]

    in_room(tmp_path, play)


def test_what_becomes_of_timers_is_told(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        await asyncio.sleep(1)
        timer = room.book.start(60, "tea")
        room.book.extend(timer.id, 30)
        await asyncio.sleep(100)
        room.bus.tell(e.RingingEnded(timer_id=timer.id))
        await asyncio.sleep(1)
        assert room.book.timers() == ()
        assert await room.kinds() == [
            "timers_changed",
            "timer_started",
            "timers_changed",
            "timer_updated",
            "timers_changed",
            "timer_due",
            "timer_finished",
            "timers_changed",
            "timers_changed",
        ]

    in_room(tmp_path, play)


def test_the_list_of_timers_is_told_soonest_first(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        room.book.start(600, "roast")
        room.book.start(60, "tea")
        await asyncio.sleep(1)
        room.told.close()
        lists = [event.timers async for event in room.told if isinstance(event, e.TimersChanged)]
        assert [timer["name"] for timer in lists[-1]] == ["tea", "roast"]
        assert lists[-1][0]["due"] == "2026-03-04T12:01:00+01:00"

    in_room(tmp_path, play)


def test_a_snoozed_alarm_rings_again_nine_minutes_later(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        alarm = room.book.remind(TimerKind.ALARM, NOON.replace(minute=5), "up", label="up")
        await asyncio.sleep(400)
        room.bus.tell(e.RingingEnded(timer_id=alarm.id, snoozed=True))
        await asyncio.sleep(600)
        assert room.rings() == [(300.0, "up"), (940.0, "up")]

    in_room(tmp_path, play)


def test_the_session_hears_of_a_timer_that_is_cancelled_while_it_rings(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        room.book.start(10, "tea")
        await asyncio.sleep(11)
        room.ask("cancel", name="tea")
        await asyncio.sleep(1)
        assert [event.kind for _, event in room.posted] == ["timer_due", "timer_cancelled"]
        assert room.book.timers() == ()

    in_room(tmp_path, play)


def test_only_what_rings_can_be_snoozed(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        alarm = room.book.remind(TimerKind.ALARM, NOON.replace(minute=5))
        room.bus.tell(e.RingingEnded(timer_id=alarm.id, snoozed=True))
        room.bus.tell(e.RingingEnded(timer_id="nobody", snoozed=True))
        await asyncio.sleep(301)
        assert room.rings() == [(300.0, "")]

    in_room(tmp_path, play)


def test_an_alarm_is_noticed_half_a_minute_after_the_clock_was_set(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        room.book.remind(TimerKind.ALARM, NOON.replace(hour=14), label="up")
        await asyncio.sleep(10)
        room.jumped = 7200.0
        await asyncio.sleep(30)
        assert [label for _, label in room.rings()] == ["up"]

    in_room(tmp_path, play)


def test_a_clock_that_is_set_does_not_hurry_a_timer(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        room.book.start(600)
        room.jumped = 86_400.0
        await asyncio.sleep(599)
        assert room.rings() == []
        await asyncio.sleep(2)
        assert room.rings() == [(600.0, "")]

    in_room(tmp_path, play)


def test_what_was_missed_is_said(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        room.book.remind(TimerKind.ALARM, NOON.replace(hour=14))
        room.book.remind(TimerKind.REMINDER, NOON.replace(hour=14), "bins", label="bins")
        room.jumped = 5 * 3600.0
        await asyncio.sleep(31)
        said = [event.text for _, event in room.posted if isinstance(event, e.AnnouncementDue)]
        assert said == ["en missed_alarm 2:00 PM", "en missed_named bins"]
        assert room.rings() == []

    in_room(tmp_path, play)


def test_commands_set_and_change_timers(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        room.ask("start", name="tea", seconds=300)
        room.ask("start", kind="alarm", name="up", at="07:30", repeat="weekdays")
        room.ask("start", kind="reminder", name="bins", at="2026-03-04T18:00")
        await asyncio.sleep(0.1)
        due = {t.name: t.as_dict(room.book.now, BERLIN)["due"] for t in room.book.timers()}
        assert due == {
            "tea": "2026-03-04T12:05:00+01:00",
            "bins": "2026-03-04T18:00:00+01:00",
            "up": "2026-03-05T07:30:00+01:00",
        }
        room.ask("pause", name="tea")
        await asyncio.sleep(100)
        room.ask("add", name="tea", seconds=60)
        room.ask("resume", name="tea")
        room.ask("cancel", name="bins")
        await asyncio.sleep(0.1)
        left = {t.name: round(t.seconds_left(room.book.now)) for t in room.book.timers()}
        assert left.keys() == {"tea", "up"}
        assert left["tea"] == 360

    in_room(tmp_path, play)


def test_stop_and_snooze_are_passed_on(tmp_path: Path) -> None:
    async def play(room: Room) -> None:
        room.ask("stop")
        room.ask("snooze")
        await asyncio.sleep(1)
        assert [event.kind for _, event in room.posted] == ["stop_requested", "snooze_requested"]

    in_room(tmp_path, play)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("start", {"seconds": -1}),
        ("start", {"seconds": "soon"}),
        ("start", {"seconds": float("inf")}),
        ("start", {"seconds": 60, "volume": 11}),
        ("start", {"seconds": 60, "name": ["x"]}),
        ("start", {"kind": "bomb", "at": "07:30"}),
        ("start", {"kind": "alarm", "at": "half past"}),
        ("start", {"kind": "alarm", "at": "07:30", "repeat": "now and then"}),
        ("start", {"kind": "alarm", "at": "2020-01-01T10:00"}),
        ("cancel", {"id": "nobody"}),
        ("cancel", {}),
        ("pause", {"name": "up"}),
        ("explode", {"name": "tea"}),
    ],
)
def test_a_command_that_makes_no_sense_changes_nothing_and_is_reported(
    tmp_path: Path, action: str, fields: dict[str, Any]
) -> None:
    async def play(room: Room) -> None:
        room.book.start(60, "tea")
        room.book.remind(TimerKind.ALARM, NOON.replace(hour=14), "up")
        before = room.book.timers()
        room.ask(action, **fields)
        await asyncio.sleep(1)
        failed = [event for _, event in room.posted if isinstance(event, e.StageFailed)]
        assert [(event.stage, event.code, event.turn_id) for event in failed] == [
            ("timers", "command-invalid", -1)
        ]
        assert room.book.timers() == before

    in_room(tmp_path, play)


def test_a_disk_that_cannot_be_written_is_reported_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    async def play(room: Room) -> None:
        await asyncio.sleep(1)
        room.book.start(10)
        room.book.start(100)
        await asyncio.sleep(200)
        failed = [event for _, event in room.posted if isinstance(event, e.StageFailed)]
        assert [event.code for event in failed] == ["storage-failed"] * 2
        assert {"timers" in event.message for event in failed} == {True, False}, "one each"
        assert len(room.rings()) == 2

    in_room(tmp_path / "file", play)


def test_what_rang_when_the_process_died_rings_again(tmp_path: Path) -> None:
    async def ring(room: Room) -> None:
        room.book.start(10, "tea", "tea timer")
        await asyncio.sleep(11)

    async def again(room: Room) -> None:
        room.jumped = 60.0
        await asyncio.sleep(1)
        assert room.rings() == [(0.0, "tea timer")]

    in_room(tmp_path, ring)
    in_room(tmp_path, again)


def test_a_timer_set_in_another_thread_wakes_the_ringer(tmp_path: Path) -> None:
    async def main() -> list[e.Event]:
        loop, posted = asyncio.get_running_loop(), asyncio.Queue[e.Event]()
        book = TimeBook(
            tmp_path / "t", lambda: Instant(NOON.timestamp() + loop.time(), loop.time()), BERLIN
        )
        ringer = Ringer(
            book, ListBook(tmp_path / "l"), posted.put_nowait, Bus(), WorkerExecutor("timers"),
            Room._explain,
        )  # fmt: skip
        running = asyncio.create_task(ringer.run())
        await asyncio.sleep(0.05)
        await asyncio.to_thread(book.start, 0.1, "tea", "tea timer")
        rang = [await asyncio.wait_for(posted.get(), 20)]
        await end(running)
        return rang

    assert [event.kind for event in asyncio.run(main())] == ["timer_due"]


def test_a_ringer_that_failed_rings_when_it_has_begun_again(tmp_path: Path) -> None:
    async def main() -> list[str]:
        posted = asyncio.Queue[e.Event]()
        broken = [True]

        def now() -> Instant:
            if broken and threading.current_thread() is not threading.main_thread():
                broken.clear()
                raise OverflowError("a clock of another age")
            return Instant(NOON.timestamp(), time.monotonic())

        book, lists = TimeBook(tmp_path / "t", now, BERLIN), ListBook(tmp_path / "l")
        executor = WorkerExecutor("timers")
        ringer = Ringer(book, lists, posted.put_nowait, Bus(), executor, Room._explain)
        running = asyncio.create_task(supervised(ringer.run))
        book.start(0.1, "tea", "tea timer")
        rang = [(await asyncio.wait_for(posted.get(), 20)).kind]
        await end(running)
        executor.close()
        return rang

    assert asyncio.run(main()) == ["timer_due"]
