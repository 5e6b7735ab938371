import resource
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialog.timebook import LONGEST_NAME, MOST_TIMERS, TimeBook
from device.dialog.timer import LATE_SECONDS, TimerKind
from device.errors import CommandInvalid
from tests.dialog.clocks import BERLIN, NOON, Clocks, noted

UNSET = datetime(1970, 1, 1, 0, 3, tzinfo=BERLIN)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def book(clocks: Clocks, tmp_path: Path) -> TimeBook:
    return clocks.book(tmp_path)


def at(hour: int, minute: int = 0, days_ahead: int = 0) -> datetime:
    return NOON.replace(hour=hour, minute=minute) + timedelta(days=days_ahead)


def names(book: TimeBook) -> list[str]:
    """Names of what rings now."""
    return [timer.name for timer in book.take_due().ringing]


def test_several_timers_ring_each_at_its_time(book: TimeBook, clocks: Clocks) -> None:
    book.start(600, "pizza")
    book.start(300, "eggs")

    assert [timer.name for timer in book.timers()] == ["eggs", "pizza"]
    assert book.seconds_until_due() == 300
    clocks.pass_seconds(299)
    assert names(book) == []
    clocks.pass_seconds(1)
    assert names(book) == ["eggs"]
    assert names(book) == [], "it rings once"
    clocks.pass_seconds(300)
    assert names(book) == ["pizza"]


def test_a_paused_timer_stands_still(book: TimeBook, clocks: Clocks) -> None:
    timer = book.start(60)
    clocks.pass_seconds(20)
    book.pause(timer.id)
    clocks.pass_seconds(3600)

    assert names(book) == []
    resumed = book.resume(timer.id)
    assert resumed is not None
    assert resumed.seconds_left(clocks()) == 40


@pytest.mark.parametrize("paused", [False, True])
def test_time_is_added_and_taken(book: TimeBook, clocks: Clocks, paused: bool) -> None:
    timer = book.start(600)
    clocks.pass_seconds(60)
    if paused:
        book.pause(timer.id)

    longer = book.extend(timer.id, 120)
    assert longer is not None
    assert (longer.seconds_left(clocks()), longer.total_seconds) == (660, 720)
    shorter = book.extend(timer.id, -900)
    assert shorter is not None
    assert shorter.seconds_left(clocks()) == 0


def test_what_is_cancelled_does_not_ring(book: TimeBook, clocks: Clocks) -> None:
    timer = book.start(10)
    with noted(book) as changes:
        assert book.cancel(timer.id) == timer
        assert book.cancel(timer.id) is None
    clocks.pass_seconds(20)

    assert names(book) == []
    assert changes == ["cancelled"]


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(hours=-7), timedelta(seconds=90)])
def test_a_set_clock_moves_no_timer(book: TimeBook, clocks: Clocks, jump: timedelta) -> None:
    book.start(600)
    clocks.set_wall(NOON + jump)

    clocks.pass_seconds(599)
    assert names(book) == []
    clocks.pass_seconds(1)
    assert names(book) == [""]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 300), st.floats(-1e9, 1e9)), max_size=8))
def test_a_timer_rings_after_its_time_whatever_becomes_of_the_wall_clock(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[float, float]]
) -> None:
    clocks = Clocks()
    book = clocks.book(tmp_path_factory.mktemp("book"))
    book.start(600)
    passed, rang = 0.0, False
    for seconds, jump in steps:
        clocks.pass_seconds(seconds)
        clocks.instant = type(clocks.instant)(clocks.instant.wall + jump, clocks.instant.ticks)
        passed += seconds
        due = book.take_due()
        rang = rang or bool(due.ringing) or bool(due.missed)
        assert rang == (clocks.instant.ticks - 1000.0 >= 600)


def test_a_timer_that_was_set_before_the_clock_was_rings_in_time(tmp_path: Path) -> None:
    clocks = Clocks(UNSET)
    book = clocks.book(tmp_path)
    book.start(600)
    clocks.pass_seconds(30)
    clocks.set_wall(NOON)
    book.take_due()
    clocks.reboot(off_seconds=300)
    book = clocks.book(tmp_path)

    assert book.seconds_until_due() == 270, "the wall clock carried it over the reboot"


def test_a_timer_of_an_unknown_hour_is_counted_anew_after_a_reboot(tmp_path: Path) -> None:
    clocks = Clocks(UNSET)
    clocks.book(tmp_path).start(600)
    clocks.reboot(off_seconds=0)
    book = clocks.book(tmp_path)
    book.take_due()

    assert book.seconds_until_due() == 600


def test_an_alarm_needs_to_know_the_time(tmp_path: Path) -> None:
    book = Clocks(UNSET).book(tmp_path)

    with pytest.raises(CommandInvalid, match="clock is not set"):
        book.remind(TimerKind.ALARM, at(18))
    assert book.timers() == ()


def test_alarms_go_by_the_wall_clock(book: TimeBook, clocks: Clocks) -> None:
    book.remind(TimerKind.ALARM, at(18), "evening")
    clocks.set_wall(at(17, 59))
    clocks.pass_seconds(59)
    assert names(book) == []
    clocks.pass_seconds(1)

    assert names(book) == ["evening"]


def test_an_alarm_does_not_ring_while_the_clock_is_unset(tmp_path: Path) -> None:
    clocks = Clocks()
    clocks.book(tmp_path).remind(TimerKind.ALARM, at(18), "evening")
    clocks.set_wall(UNSET)
    book = clocks.book(tmp_path)

    assert book.take_due().missed == ()
    clocks.set_wall(at(18))
    assert names(book) == ["evening"]


def test_a_clock_that_is_set_back_brings_no_second_ring(book: TimeBook, clocks: Clocks) -> None:
    alarm = book.remind(TimerKind.ALARM, at(18), days=frozenset(range(7)))
    clocks.set_wall(at(18))
    book.take_due()
    clocks.set_wall(at(17, 30))
    book.end(alarm.id)
    clocks.set_wall(at(18))

    assert names(book) == []
    assert [timer.due for timer in book.timers()] == [at(18, days_ahead=1).timestamp()]


def test_a_repeating_alarm_comes_again_and_another_one_is_gone(
    book: TimeBook, clocks: Clocks
) -> None:
    once = book.remind(TimerKind.ALARM, at(18))
    weekdays = book.remind(TimerKind.ALARM, at(18), days=frozenset(range(5)))
    clocks.set_wall(at(18, days_ahead=0))
    book.take_due()
    book.end(once.id)
    book.end(weekdays.id)

    assert [timer.due for timer in book.timers()] == [at(18, days_ahead=1).timestamp()]


def test_a_repeating_alarm_keeps_its_local_time_over_the_change_to_summer_time(
    tmp_path: Path,
) -> None:
    clocks = Clocks(datetime(2026, 3, 28, 12, tzinfo=BERLIN))
    book = clocks.book(tmp_path)
    book.remind(
        TimerKind.ALARM, datetime(2026, 3, 29, 7, 30, tzinfo=BERLIN), days=frozenset(range(7))
    )

    assert book.seconds_until_due() == 18.5 * 3600, "the night is an hour shorter"


def test_snoozing_rings_again_later_and_keeps_the_alarm(book: TimeBook, clocks: Clocks) -> None:
    alarm = book.remind(TimerKind.ALARM, at(18), days=frozenset(range(7)))
    clocks.set_wall(at(18))
    book.take_due()
    book.snooze(alarm.id, 540)
    clocks.pass_seconds(539)
    assert names(book) == []
    clocks.pass_seconds(1)
    assert len(book.take_due().ringing) == 1
    book.end(alarm.id)

    assert [timer.due for timer in book.timers()] == [at(18, days_ahead=1).timestamp()]


def test_everything_survives_a_reboot(book: TimeBook, clocks: Clocks, tmp_path: Path) -> None:
    book.start(3600, "roast", "roast timer")
    paused = book.start(60, "tea")
    book.pause(paused.id)
    book.remind(TimerKind.REMINDER, at(18), "bins", frozenset({2}))
    clocks.reboot(off_seconds=600)

    again = clocks.book(tmp_path)
    left = {timer.name: timer.seconds_left(clocks()) for timer in again.timers()}
    assert left == {"roast": 3000, "tea": 60, "bins": 6 * 3600 - 600}
    assert [timer.label for timer in again.timers() if timer.name == "roast"] == ["roast timer"]


def test_what_came_due_while_off_rings_if_it_is_fresh_and_is_missed_if_not(
    book: TimeBook, clocks: Clocks, tmp_path: Path
) -> None:
    book.start(60, "old")
    book.start(1000, "fresh")
    daily = book.remind(TimerKind.ALARM, at(12, 1), "daily", frozenset(range(7)))
    clocks.reboot(off_seconds=1000 + LATE_SECONDS - 1)
    again = clocks.book(tmp_path)

    due = again.take_due()
    assert [timer.name for timer in due.ringing] == ["fresh"]
    assert sorted(timer.name for timer in due.missed) == ["daily", "old"]
    assert {timer.id for timer in again.timers() if not timer.rings} == {daily.id}


def test_what_rang_when_the_power_went_rings_again(
    book: TimeBook, clocks: Clocks, tmp_path: Path
) -> None:
    book.start(60, "tea")
    clocks.pass_seconds(60)
    assert names(book) == ["tea"]
    clocks.reboot(off_seconds=30)

    assert names(clocks.book(tmp_path)) == ["tea"]


def test_a_process_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    setting = f"""
import os, signal
from pathlib import Path
from tests.dialog.clocks import Clocks
book = Clocks().book(Path({str(tmp_path)!r}))
book.start(600, "pizza")
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", setting], check=False)

    clocks = Clocks()
    book = clocks.book(tmp_path)
    assert killed.returncode == -signal.SIGKILL
    assert book.seconds_until_due() == 600
    clocks.pass_seconds(600)
    assert names(book) == ["pizza"]


def test_nobody_else_may_read_the_file(book: TimeBook, tmp_path: Path) -> None:
    book.start(60, "secret")

    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_two_processes_do_not_share_a_book(clocks: Clocks, tmp_path: Path) -> None:
    holding = f"""
from pathlib import Path
from tests.dialog.clocks import Clocks
book = Clocks().book(Path({str(tmp_path)!r}))
book.start(600, "theirs")
print("ready", flush=True)
input()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        book = clocks.book(tmp_path)
        book.start(60, "ours")
        assert "another Parlor" in str(book.error)
        assert [timer.name for timer in book.timers()] == ["ours"]
        other.communicate("\n")

    assert [timer.name for timer in clocks.book(tmp_path).timers()] == ["theirs"]


def test_a_full_disk_loses_nothing_while_the_speaker_runs(
    book: TimeBook, clocks: Clocks, tmp_path: Path
) -> None:
    book.start(60, "tea")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    quiet = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, unlimited[1]))
        book.start(120, "pizza")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        signal.signal(signal.SIGXFSZ, quiet)

    assert book.error is not None
    assert book.error.code == "storage-failed"
    assert [timer.name for timer in book.timers()] == ["tea", "pizza"]
    assert [timer.name for timer in clocks.book(tmp_path).timers()] == ["tea"]
    book.start(180, "rice")
    assert book.error is None
    assert [timer.name for timer in clocks.book(tmp_path).timers()] == ["tea", "pizza", "rice"]


def test_a_folder_that_cannot_be_written_is_told(clocks: Clocks, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    book = clocks.book(tmp_path / "file")
    book.start(60, "tea")

    assert book.error is not None
    assert [timer.name for timer in book.timers()] == ["tea"]


def test_a_damaged_file_is_moved_aside(book: TimeBook, clocks: Clocks, tmp_path: Path) -> None:
    book.start(60, "tea")
    (tmp_path / "timers.sqlite").write_bytes(b"no database at all" * 100)
    again = clocks.book(tmp_path)

    assert again.error is not None
    assert "damaged" in str(again.error)
    assert (tmp_path / "timers.sqlite.damaged").exists()
    again.start(60, "rice")
    assert again.error is None
    assert [timer.name for timer in clocks.book(tmp_path).timers()] == ["rice"]


def test_a_file_that_is_damaged_while_the_speaker_runs_is_written_anew(
    book: TimeBook, clocks: Clocks, tmp_path: Path
) -> None:
    book.start(60, "tea")
    (tmp_path / "timers.sqlite").write_bytes(b"no database at all" * 100)
    book.start(120, "rice")

    assert book.error is None
    assert [timer.name for timer in clocks.book(tmp_path).timers()] == ["tea", "rice"]


@pytest.mark.parametrize(
    "row",
    [
        "no json",
        "[]",
        '{"id": "x", "kind": "bomb"}',
        '{"id": "x", "kind": "alarm", "due": "noon"}',
        '{"id": "x", "kind": "alarm", "due": 1.0, "days": [1]}',
        '{"id": "x", "kind": "alarm", "due": 1.0, "at": "07:30", "days": [9]}',
    ],
)
def test_a_row_that_makes_no_sense_is_dropped_alone(
    book: TimeBook, clocks: Clocks, tmp_path: Path, row: str
) -> None:
    book.start(60, "tea")
    file = sqlite3.connect(tmp_path / "timers.sqlite")
    with file:
        file.execute("INSERT INTO records VALUES ('x', ?)", (row,))
    file.close()

    again = clocks.book(tmp_path)
    assert [timer.name for timer in again.timers()] == ["tea"]
    again.take_due()


def test_a_busy_file_keeps_what_it_holds(book: TimeBook, clocks: Clocks, tmp_path: Path) -> None:
    book.start(60, "tea")
    other = sqlite3.connect(tmp_path / "timers.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    blind = clocks.book(tmp_path)
    assert blind.error is not None
    other.execute("ROLLBACK")
    other.close()
    blind.start(120, "rice")

    assert [timer.name for timer in clocks.book(tmp_path).timers()] == ["tea", "rice"]


def test_there_is_a_limit_to_timers_and_to_names(book: TimeBook) -> None:
    book.start(1, "x" * 5000)
    for _ in range(MOST_TIMERS - 1):
        book.start(1)

    with pytest.raises(CommandInvalid, match="cancel one first"):
        book.start(1)
    assert len(book.timers()) == MOST_TIMERS
    assert max(len(timer.name) for timer in book.timers()) == LONGEST_NAME


@pytest.mark.parametrize("seconds", [0, -5, 1e12, float("nan"), float("inf")])
def test_times_that_make_no_sense_are_refused(book: TimeBook, seconds: float) -> None:
    with pytest.raises(CommandInvalid):
        book.start(seconds)


def test_threads_may_change_the_book_at_once(book: TimeBook) -> None:
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda number: book.start(60 + number), range(40)))
        cancelled = list(pool.map(lambda timer: book.cancel(timer.id), started[:20]))

    assert None not in cancelled
    assert {timer.id for timer in book.timers()} == {timer.id for timer in started[20:]}


def test_timers_are_listed_with_all_that_is_known(book: TimeBook, clocks: Clocks) -> None:
    alarm = book.remind(TimerKind.ALARM, at(18), "gym", frozenset(range(5)))

    assert alarm.as_dict(clocks(), BERLIN) == {
        "id": alarm.id,
        "kind": "alarm",
        "name": "gym",
        "total_seconds": 0,
        "seconds_left": 6 * 3600,
        "is_active": True,
        "due": "2026-03-04T18:00:00+01:00",
        "repeat": "weekdays",
    }
