"""When a local time comes next, over changes to summer time and back.

A local time that a spring change skips comes at the first moment after the gap. One that an autumn
change repeats comes once, the first time. Weekdays are numbered from Monday, 0.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
_NAMED = {
    "": frozenset[int](),
    "once": frozenset[int](),
    "daily": EVERY_DAY,
    "weekdays": frozenset(range(5)),
    "weekends": frozenset({5, 6}),
}
_SEARCHED_DAYS = 9
_SECOND = timedelta(seconds=1)


def next_occurrence(after: datetime, at: time, days: frozenset[int], zone: tzinfo) -> datetime:
    """The first moment later than `after` (aware) at which clocks in `zone` show `at`.

    Only on these weekdays; on any day when there are none.
    """
    today = after.astimezone(zone).date()
    # A time that a change at midnight skips comes on the day after its own.
    for offset in range(-1, _SEARCHED_DAYS):
        day = today + timedelta(days=offset)
        if days and day.weekday() not in days:
            continue
        moment = moment_of(day, at, zone)
        if moment.astimezone(UTC) > after.astimezone(UTC):
            return moment
    raise AssertionError("every weekday comes within nine days")


def moment_of(day: date, at: time, zone: tzinfo) -> datetime:
    """The moment, aware, at which clocks in `zone` show this day and time."""
    wanted = datetime.combine(day, at).replace(tzinfo=None)
    moment = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wanted:
        return moment.astimezone(zone)
    return _end_of_gap(wanted.replace(tzinfo=zone, fold=1).astimezone(UTC), moment, zone)


def parse_days(text: str) -> frozenset[int]:
    """Weekdays of "daily", "weekdays", "weekends", "once" or "mon,thu"; raises ValueError."""
    words = text.strip().lower()
    if words in _NAMED:
        return _NAMED[words]
    names = [name.strip()[:3] for name in words.split(",")]
    if unknown := [name for name in names if name not in DAYS]:
        raise ValueError(f"{text!r} names no days: {', '.join(unknown)} is none of {DAYS}")
    return frozenset(DAYS.index(name) for name in names)


def days_text(days: frozenset[int]) -> str:
    """The words that `parse_days` reads; empty for once."""
    known = {value: name for name, value in _NAMED.items() if name != "once"}
    return known.get(days) or ",".join(DAYS[day] for day in sorted(days))


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The moment between the two, in whole seconds, at which the offset from UTC changes."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.astimezone(zone)
