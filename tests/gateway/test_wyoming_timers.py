"""Timers of the server become those of the speaker's own book."""

import pytest

from device.gateway.wyoming.frames import BadFrame, Frame
from device.gateway.wyoming.timers import ServerTimers


def orders(timers: ServerTimers, now: float, kind: str, **data: object) -> list[object]:
    frame = Frame(f"timer-{kind}", {"id": "t1", **data})
    return [(order.action, order.fields) for order in timers.take(frame, now)]


def started(seconds: int = 60) -> ServerTimers:
    timers = ServerTimers()
    assert orders(timers, 0.0, "started", total_seconds=seconds, name="tea") == [
        ("start", {"id": "t1", "seconds": float(seconds), "name": "tea"})
    ]
    return timers


def test_a_timer_that_is_told_twice_is_one() -> None:
    assert orders(started(), 1.0, "started", total_seconds=60) == []


def test_more_time_is_added_to_what_is_left() -> None:
    added = orders(started(), 20.0, "updated", total_seconds=100, is_active=True)
    assert added == [("add", {"id": "t1", "seconds": 60.0})]


def test_a_timer_stands_still_and_goes_on() -> None:
    timers = started()
    assert orders(timers, 20.0, "updated", total_seconds=40, is_active=False) == [
        ("pause", {"id": "t1"})
    ]
    assert orders(timers, 500.0, "updated", total_seconds=40, is_active=True) == [
        ("resume", {"id": "t1"})
    ]


def test_a_timer_that_is_taken_back_is_gone() -> None:
    timers = started()
    assert orders(timers, 1.0, "cancelled") == [("cancel", {"id": "t1"})]
    assert orders(timers, 2.0, "cancelled") == []
    assert orders(timers, 2.0, "updated", total_seconds=5, is_active=True) == []


def test_the_book_rings_by_itself_what_it_knows_and_what_it_does_not_know_rings_at_once() -> None:
    assert orders(started(), 60.0, "finished") == []
    assert orders(ServerTimers(), 60.0, "finished") == [
        ("start", {"id": "t1", "seconds": 1.0, "name": ""})
    ]


def test_timers_whose_end_was_never_told_are_forgotten() -> None:
    timers = ServerTimers()
    for number in range(80):
        frame = Frame("timer-started", {"id": str(number), "total_seconds": 10})
        assert len(list(timers.take(frame, number * 20.0))) == 1


@pytest.mark.parametrize("data", [{}, {"id": 5}, {"id": "x"}, {"id": "x", "total_seconds": "1"}])
def test_a_timer_without_id_or_time_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(BadFrame):
        list(ServerTimers().take(Frame("timer-started", data), 0.0))
