from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device.dialog.occurrence import (
    DAYS,
    EVERY_DAY,
    days_text,
    moment_of,
    next_occurrence,
    parse_days,
)

BERLIN = ZoneInfo("Europe/Berlin")
# Offsets that change by an hour, by half an hour, at midnight, not at all; a skipped whole day.
ZONES = [
    ZoneInfo(key)
    for key in (
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo",
        "Asia/Kolkata", "Pacific/Apia", "America/Santiago", "Africa/Casablanca", "UTC",
    )
]  # fmt: skip
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def berlin(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=BERLIN, fold=fold)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("after", "at", "days", "due"),
    [
        (berlin(2026, 3, 4, 7, 0), time(7, 30), "", berlin(2026, 3, 4, 7, 30)),
        (berlin(2026, 3, 4, 7, 30), time(7, 30), "", berlin(2026, 3, 5, 7, 30)),
        (berlin(2026, 3, 6, 8, 0), time(7, 30), "weekdays", berlin(2026, 3, 9, 7, 30)),
        (berlin(2026, 3, 6, 8, 0), time(7, 30), "weekends", berlin(2026, 3, 7, 7, 30)),
        (berlin(2026, 3, 6, 8, 0), time(7, 30), "fri", berlin(2026, 3, 13, 7, 30)),
        (berlin(2026, 12, 31, 23, 59), time(0, 0), "daily", berlin(2027, 1, 1, 0, 0)),
    ],
)
def test_the_next_time_is_later_and_on_a_day_that_is_asked_for(
    after: datetime, at: time, days: str, due: datetime
) -> None:
    assert next_occurrence(after, at, parse_days(days), BERLIN) == due


def test_a_time_that_the_spring_change_skips_comes_at_the_end_of_the_gap() -> None:
    due = next_occurrence(berlin(2026, 3, 28, 12), time(2, 30), EVERY_DAY, BERLIN)

    assert due.isoformat() == "2026-03-29T03:00:00+02:00"


def test_the_day_after_the_change_it_comes_at_its_own_time_again() -> None:
    due = next_occurrence(berlin(2026, 3, 29, 3), time(2, 30), EVERY_DAY, BERLIN)

    assert due.isoformat() == "2026-03-30T02:30:00+02:00"


def test_a_time_that_the_autumn_change_repeats_comes_once_and_the_first_time() -> None:
    first = next_occurrence(berlin(2026, 10, 24, 12), time(2, 30), EVERY_DAY, BERLIN)
    second = next_occurrence(first, time(2, 30), EVERY_DAY, BERLIN)

    assert first.isoformat() == "2026-10-25T02:30:00+02:00"
    assert second.isoformat() == "2026-10-26T02:30:00+01:00"


def test_a_daily_alarm_keeps_its_local_time_over_both_changes() -> None:
    due, seen = berlin(2026, 1, 1), []
    for _ in range(365):
        due = next_occurrence(due, time(7, 30), EVERY_DAY, BERLIN)
        seen.append(due)

    assert {moment.time() for moment in seen} == {time(7, 30)}
    assert [moment.date() for moment in seen] == [
        berlin(2026, 1, 1).date() + timedelta(days=day) for day in range(365)
    ]


def test_a_gap_at_midnight_moves_the_alarm_to_where_the_day_begins() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")

    due = moment_of(datetime(2018, 11, 4).date(), time(0, 30), sao_paulo)

    assert due.isoformat() == "2018-11-04T01:00:00-02:00"


@example(datetime(2032, 3, 13, 7, tzinfo=UTC), time(2), set(), ZoneInfo("America/New_York"))
@settings(deadline=None, max_examples=150)
@given(MOMENTS, TIMES, st.sets(st.integers(0, 6)), st.sampled_from(ZONES))
def test_what_comes_next_is_soon_later_and_at_that_time_unless_it_was_skipped(
    after: datetime, at: time, days: set[int], zone: ZoneInfo
) -> None:
    due = next_occurrence(after, at, frozenset(days), zone)
    shown = due.astimezone(UTC).astimezone(zone)

    assert after < due <= after + timedelta(days=9)
    if shown.time() == at:
        assert not days or shown.weekday() in days
    else:
        before = (due.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone)
        gap = shown.replace(tzinfo=None) - before.replace(tzinfo=None)
        assert gap > timedelta(seconds=1), "only a gap moves an alarm"


@settings(deadline=None, max_examples=100)
@given(MOMENTS, TIMES, st.sampled_from(ZONES))
def test_nothing_that_fits_lies_between_now_and_the_next_time(
    after: datetime, at: time, zone: ZoneInfo
) -> None:
    due = next_occurrence(after, at, frozenset(), zone)

    day = after.astimezone(zone).date()
    earlier = [moment_of(day + timedelta(days=ahead), at, zone) for ahead in range(3)]
    assert due == min(moment for moment in earlier if moment > after)


@given(st.sets(st.sampled_from(DAYS)))
def test_days_survive_being_written_and_read(names: set[str]) -> None:
    days = parse_days(",".join(names)) if names else frozenset[int]()

    assert parse_days(days_text(days)) == days


@pytest.mark.parametrize("text", ["someday", "mon,xyz", ",", "8"])
def test_words_that_name_no_days_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="names no days"):
        parse_days(text)
