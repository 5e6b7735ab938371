"""What MQTT and the API may ask for about timers: start, cancel, pause, resume, add."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.dialog.occurrence import next_occurrence, parse_days
from device.dialog.targets import same_name
from device.dialog.timebook import TimeBook
from device.dialog.timer import Timer, TimerKind
from device.errors import CommandInvalid


class TimerFields(BaseModel):
    """The fields of a command; `at` is ISO 8601: a time, or a date and time, local without zone.

    What is started gets the `id`, or one of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = ""
    kind: TimerKind = TimerKind.TIMER
    name: str = ""
    seconds: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    at: str = ""
    repeat: str = ""


def perform(book: TimeBook, action: str, fields: Mapping[str, Any]) -> None:
    """Do what is asked. Raises CommandInvalid, and nothing has changed then."""
    try:
        asked = TimerFields.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CommandInvalid(f"timer command: {place}: {first['msg']}") from error
    if action == "start":
        _start(book, asked)
        return
    timer = _meant(book, asked)
    if action == "cancel":
        book.cancel(timer.id)
        return
    if timer.kind is not TimerKind.TIMER:
        raise CommandInvalid(f"only a timer can be changed; cancel the {timer.kind} instead")
    if action == "pause":
        book.pause(timer.id)
    elif action == "resume":
        book.resume(timer.id)
    elif action == "add":
        book.extend(timer.id, asked.seconds)
    else:
        raise CommandInvalid(
            f"{action!r} is no timer command; use start, cancel, pause, resume, add, stop or snooze"
        )


def _start(book: TimeBook, asked: TimerFields) -> None:
    if asked.kind is TimerKind.TIMER:
        book.start(asked.seconds, asked.name, asked.name, asked.id)
        return
    try:
        days = parse_days(asked.repeat)
        due = _moment(book, asked.at, days)
    except (ValueError, OverflowError) as error:
        raise CommandInvalid(
            f"timer command: at is ISO 8601 and repeat names days: {error}"
        ) from error
    book.remind(asked.kind, due, asked.name, days, asked.name)


def _moment(book: TimeBook, at: str, days: frozenset[int]) -> datetime:
    try:
        local = time.fromisoformat(at)
    except ValueError:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=book.zone)
        if not days:
            return moment
        local = moment.astimezone(book.zone).time()
    return next_occurrence(book.local_now, local.replace(tzinfo=None), days, book.zone)


def _meant(book: TimeBook, asked: TimerFields) -> Timer:
    """The timer with this id or name; without both the only one."""
    found = [
        timer
        for timer in book.timers()
        if (not asked.id or timer.id == asked.id)
        and (not asked.name or same_name(timer.name, asked.name))
    ]
    if len(found) != 1:
        told = "several timers fit" if found else "no such timer is set"
        raise CommandInvalid(f"timer command: {told}; give the id of one in the list of timers")
    return found[0]
