"""Moments as people say them: "half past seven on weekdays"; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from device.dialog.occurrence import DAYS, moment_of, next_occurrence, parse_days
from device.dialog.replies import Replies
from device.dialog.writing import listed

_DAY_MINUTES = 24 * 60
_TWELVE_HOUR_LANGUAGES = ("en",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The moment that a sentence asks for."""

    due: datetime
    """Aware."""
    days: frozenset[int] = frozenset()
    """Weekdays on which it repeats, Monday 0."""


def wanted_moment(
    slots: Mapping[str, Any], now: datetime, language: str, for_waking: bool
) -> Wanted | None:
    """What slots mean at `now` (aware, local); None when they name no time.

    Slots: hours, minutes, seconds from now; or hour, minute (negative: to the hour), half_day (am,
    pm), noon (0 or 12) with day (today, tomorrow, mon, "every mon", daily, weekdays, weekends).
    Without half_day the next of both is meant; on another day the morning, except that nobody asks
    to be reminded in the small hours. An alarm to wake somebody is for the morning, and so is any
    where people tell the time by twenty-four hours.
    """
    seconds = {unit: int(slots[unit]) for unit in ("hours", "minutes", "seconds") if unit in slots}
    if seconds:
        # In UTC: ten minutes are ten minutes, also over a change to summer time.
        return Wanted((now.astimezone(UTC) + timedelta(**seconds)).astimezone(now.tzinfo))
    if "noon" not in slots and "hour" not in slots:
        return None
    at, open_half = _time(slots)
    day = str(slots.get("day", "")).removeprefix("today")
    if for_waking and (slots.get("wake") or not _tells_half_days(language)):
        open_half = open_half and at.hour not in range(4, 13)
    if open_half and day and not for_waking and at.hour in range(1, 7):
        at = _other_half(at)
    return _on_day(day, at, open_half, now)


def moment_text(
    due: datetime, days: frozenset[int], now: datetime, replies: Replies, language: str
) -> str:
    """When something rings, e.g. "tomorrow at 7:30 AM"."""
    said = time_text(due.time(), language)
    names = replies.phrase("days").split()
    for known in ("daily", "weekdays", "weekends"):
        if days == parse_days(known):
            return replies.phrase(f"{known}_at", time=said)
    if days:
        return replies.phrase(
            "every_at", day=listed((names[day] for day in sorted(days)), language), time=said
        )
    ahead = (due.date() - now.date()).days
    if ahead in (0, 1):
        return replies.phrase("tomorrow_at" if ahead else "today_at", time=said)
    day = names[due.weekday()] if 1 < ahead < len(DAYS) else due.date().isoformat()
    return replies.phrase("day_at", day=day, time=said)


def time_text(at: time, language: str) -> str:
    """A time of day in figures, e.g. 7:30 AM, 19:05."""
    if _tells_half_days(language):
        return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"
    return f"{at.hour}:{at.minute:02}"


def _tells_half_days(language: str) -> bool:
    return language.split("-")[0] in _TWELVE_HOUR_LANGUAGES


def _time(slots: Mapping[str, Any]) -> tuple[time, bool]:
    """The local time, and whether it could as well be twelve hours later."""
    if "noon" in slots:
        return time(int(slots["noon"]) % 24), False
    hour, half = int(slots["hour"]), slots.get("half_day")
    is_open = half is None and 1 <= hour <= 12
    if half == "am" and hour == 12:
        hour = 0
    elif half == "pm" and hour < 12:
        hour += 12
    minutes = (hour * 60 + int(slots.get("minute", 0))) % _DAY_MINUTES
    return time(*divmod(minutes, 60)), is_open


def _other_half(at: time) -> time:
    return time((at.hour + 12) % 24, at.minute)


def _on_day(day: str, at: time, open_half: bool, now: datetime) -> Wanted:
    zone = now.tzinfo
    assert zone is not None
    if day == "tomorrow":
        return Wanted(moment_of(now.date() + timedelta(days=1), at, zone))
    if day in DAYS:
        return Wanted(next_occurrence(now, at, parse_days(day), zone))
    days = parse_days(day.removeprefix("every "))
    due = next_occurrence(now, at, days, zone)
    if open_half and not days:
        due = min(due, next_occurrence(now, _other_half(at), days, zone))
    return Wanted(due, days)
