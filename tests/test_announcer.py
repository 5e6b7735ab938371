"""What comes from outside to be said: quiet hours, repetition, expiry, how much may wait."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.announcer import Announcer, QuietHours
from device.clock import run_virtual
from device.config import AnnounceConfig
from device.tasks import end

NIGHT, DAY = datetime(2026, 11, 21, 23, 30), datetime(2026, 11, 21, 12, 0)
NEWS = e.AnnouncementDue(text="dinner is ready")


class Desk:
    """An announcer whose clock is set by hand."""

    def __init__(self, now: datetime = DAY, **config: object) -> None:
        self.now = now
        self.posted: list[e.Event] = []
        self.told: list[e.Event] = []
        self.waiting = 0
        self.announcer = Announcer(
            AnnounceConfig(**{"quiet_hours": "22:00-07:00", **config}),  # type: ignore[arg-type]
            self.posted.append, self.told.append, lambda: 100.0, lambda: self.waiting,
            lambda: self.now,
        )  # fmt: skip

    def until(self, now: datetime) -> None:
        """Let the clock come to `now` and the announcer look at it."""

        async def main() -> None:
            running = asyncio.create_task(self.announcer.run())
            self.now = now
            await asyncio.sleep(60)
            await end(running)

        run_virtual(main())


def test_by_day_everything_is_said_at_once() -> None:
    desk = Desk()
    desk.announcer.submit(NEWS)
    assert desk.posted == [NEWS]


def test_quiet_hours_hold_what_is_not_urgent_until_they_are_over() -> None:
    desk = Desk(NIGHT)
    urgent = e.AnnouncementDue(text="fire", priority=e.Priority.URGENT)
    for announcement in (NEWS, urgent, e.StartConversation(text="shall I close the door?")):
        desk.announcer.submit(announcement)
    assert desk.posted == [urgent]
    desk.until(NIGHT + timedelta(hours=2))
    assert desk.posted == [urgent]
    desk.until(DAY)
    assert desk.posted == [urgent, NEWS, e.StartConversation(text="shall I close the door?")]


def test_what_expires_in_the_quiet_hours_is_told_as_dropped() -> None:
    desk = Desk(NIGHT)
    desk.announcer.submit(e.AnnouncementDue(text="the bus leaves", expires_at=99.0))
    desk.until(DAY)
    assert desk.posted == []
    assert desk.told == [e.AnnouncementDropped(text="the bus leaves", reason="expired")]


def test_the_same_words_are_not_said_twice_in_a_row() -> None:
    desk = Desk(repeat_seconds=10)
    desk.announcer.submit(NEWS)
    desk.now += timedelta(seconds=9)
    desk.announcer.submit(e.AnnouncementDue(text="Dinner is ready"))
    assert desk.told == [e.AnnouncementDropped(text="Dinner is ready", reason="repeated")]
    desk.now += timedelta(seconds=2)
    desk.announcer.submit(NEWS)
    assert desk.posted == [NEWS, NEWS]


def test_other_words_or_another_language_are_no_repetition() -> None:
    desk = Desk()
    others = [
        NEWS,
        e.AnnouncementDue(text="gate open"),
        e.AnnouncementDue(text=NEWS.text, language="de"),
    ]
    for announcement in others:
        desk.announcer.submit(announcement)
    assert desk.posted == others


def test_when_too_many_wait_the_newest_is_refused_with_a_code() -> None:
    desk = Desk(NIGHT, queue=2)
    for number in range(3):
        desk.announcer.submit(e.AnnouncementDue(text=str(number)))
    dropped, failed = desk.told
    assert dropped == e.AnnouncementDropped(text="2", reason="full")
    assert isinstance(failed, e.StageFailed)
    assert failed.code == "queue-full"
    desk.until(DAY)
    assert [event.text for event in desk.posted if isinstance(event, e.AnnouncementDue)] == [
        "0",
        "1",
    ]


def test_what_waits_for_a_reply_to_end_is_bounded_too_but_nothing_urgent_is_refused() -> None:
    desk = Desk(queue=3)
    desk.waiting = 3
    desk.announcer.submit(NEWS)
    assert desk.posted == []
    assert [event.kind for event in desk.told] == ["announcement_dropped", "stage_failed"]
    urgent = e.AnnouncementDue(text="fire", priority=e.Priority.URGENT)
    desk.announcer.submit(urgent)
    desk.waiting = 2
    desk.announcer.submit(NEWS)
    assert desk.posted == [urgent, NEWS], "what was refused may be sent again"


def test_a_question_that_is_not_asked_is_told_as_unanswered() -> None:
    desk = Desk()
    for _ in range(2):
        desk.announcer.submit(e.StartConversation(text="shall I?", question_id="7"))
    assert desk.told == [e.QuestionAnswered(question_id="7")]


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("22:00-07:00", "23:59", "07:00"),
        ("22:00-07:00", "06:59", "21:59"),
        ("13:00-15:00", "13:00", "15:00"),
    ],
)
def test_quiet_hours_may_pass_midnight(text: str, inside: str, outside: str) -> None:
    at: Callable[[str], datetime] = lambda clock: datetime.fromisoformat(f"2026-01-01T{clock}")  # noqa: E731
    assert at(inside) in QuietHours(text)
    assert at(outside) not in QuietHours(text)


@given(st.datetimes())
def test_no_quiet_hours_are_never(now: datetime) -> None:
    assert now not in QuietHours("")
