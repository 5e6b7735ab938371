"""Alarms and reminders: set, list, cancel."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, tzinfo

from device.dialog.base import Answer, DialogContext, Recognition
from device.dialog.moments import moment_text, wanted_moment
from device.dialog.occurrence import parse_days
from device.dialog.replies import Replies
from device.dialog.skills import Skill, answer, kept
from device.dialog.timebook import TimeBook
from device.dialog.timer import Timer, TimerKind
from device.errors import CommandInvalid

_MOST_NAMED = 5
"""More than so many are tiresome to hear."""


class AlarmSkills:
    """What people ask about the alarms and reminders of a book."""

    def __init__(self, book: TimeBook) -> None:
        self._book = book

    def skills(self) -> Mapping[str, Skill]:
        """Skill by intent."""
        return {
            "ParlorSetAlarm": self._set,
            "ParlorCancelAlarm": self._cancel,
            "ParlorListAlarms": self._list,
            "ParlorSetReminder": self._set,
            "ParlorCancelReminder": self._cancel,
            "ParlorListReminders": self._list,
        }

    def _set(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        if not self._book.now.is_set:
            return answer(said, replies.phrase("clock_unset"))
        kind = _kind(said)
        wanted = wanted_moment(
            said.intent.slots,
            self._book.local_now,
            said.language,
            for_waking=kind is TimerKind.ALARM,
        )
        if wanted is None:
            return answer(said, replies.phrase("time_unclear"))
        text = str(said.intent.slots.get("text", ""))
        label = replies.phrase("reminder_label", text=text) if text else ""
        if kind is TimerKind.REMINDER and not text:
            label = replies.phrase("reminder")
        try:
            timer = self._book.remind(kind, wanted.due, text, wanted.days, label)
        except CommandInvalid:
            return answer(said, replies.phrase("too_many"))
        told = replies.phrase(
            _SET[kind, bool(text)], when=self._when(timer, said, replies), text=text
        )
        return answer(said, kept(told, replies, self._book.error))

    def _list(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        kind = _kind(said)
        found = self._book.timers(kind)
        if not found:
            return answer(said, replies.phrase(f"no_{kind}"))
        if kind is TimerKind.ALARM and len(found) == 1:
            when = self._when(found[0], said, replies)
            return answer(said, replies.phrase("next_alarm", when=when))
        named = self._named(found, said, replies)
        return answer(said, replies.phrase(f"{kind}s", **{f"{kind}s": named}))

    def _cancel(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        kind = _kind(said)
        found = self._meant(said)
        if not found:
            return answer(said, replies.phrase(f"no_{kind}"))
        if len(found) > 1 and "all" not in said.intent.slots:
            named = self._named(found, said, replies)
            return answer(said, replies.phrase(f"which_{kind}", **{f"{kind}s": named}))
        for timer in found:
            self._book.cancel(timer.id)
        is_all = "all" in said.intent.slots
        text = replies.phrase(f"{kind}s_cancelled" if is_all else f"{kind}_cancelled")
        return answer(said, kept(text, replies, self._book.error))

    def _meant(self, said: Recognition) -> list[Timer]:
        """The alarms or reminders that a sentence may mean, soonest first."""
        slots, zone = said.intent.slots, self._book.zone
        found = list(self._book.timers(_kind(said)))
        if text := str(slots.get("text", "")).casefold():
            found = [timer for timer in found if text in timer.name.casefold()]
        if days := parse_days(str(slots.get("day", "")).removeprefix("every ")):
            found = [timer for timer in found if timer.days == days]
        times = _times(said, self._book.local_now)
        return [timer for timer in found if not times or _time_of(timer, zone) in times]

    def _named(self, timers: Sequence[Timer], said: Recognition, replies: Replies) -> str:
        return "; ".join(self._name(timer, said, replies) for timer in timers[:_MOST_NAMED])

    def _name(self, timer: Timer, said: Recognition, replies: Replies) -> str:
        when = self._when(timer, said, replies)
        if timer.kind is TimerKind.ALARM:
            return when
        return replies.phrase(
            "reminder_at", text=timer.name or replies.phrase("reminder"), when=when
        )

    def _when(self, timer: Timer, said: Recognition, replies: Replies) -> str:
        due = datetime.fromtimestamp(timer.due or 0.0, self._book.zone)
        return moment_text(due, timer.days, self._book.local_now, replies, said.language)


_SET = {
    (TimerKind.ALARM, False): "alarm_set",
    (TimerKind.REMINDER, False): "reminder_set",
    (TimerKind.REMINDER, True): "reminder_set_of",
}
"""Phrase by kind and whether there is a text."""


def _kind(said: Recognition) -> TimerKind:
    return TimerKind.REMINDER if "Reminder" in said.intent.name else TimerKind.ALARM


def _time_of(timer: Timer, zone: tzinfo) -> time:
    """The local time, to the minute, at which it rings next."""
    return datetime.fromtimestamp(timer.due or 0.0, zone).time().replace(second=0, microsecond=0)


def _times(said: Recognition, now: datetime) -> set[time]:
    """Local times that an alarm named by its time may have: "the seven o'clock alarm"."""
    slots = {key: said.intent.slots[key] for key in _TIME_SLOTS if key in said.intent.slots}
    halves = [{}] if "half_day" in slots else [{"half_day": "am"}, {"half_day": "pm"}]
    wanted = [
        wanted_moment({**slots, **half}, now, said.language, for_waking=True) for half in halves
    ]
    return {moment.due.time() for moment in wanted if moment is not None}


_TIME_SLOTS = ("hour", "minute", "half_day", "noon")
