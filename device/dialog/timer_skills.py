"""Timers: set, ask, lengthen, pause, cancel, by name or by how long they were set for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from device.dialog.base import Answer, DialogContext, Recognition
from device.dialog.language import load_language
from device.dialog.replies import Replies
from device.dialog.skills import Skill, answer, kept
from device.dialog.targets import same_name
from device.dialog.timebook import TimeBook
from device.dialog.timer import Instant, Timer, TimerKind
from device.errors import CommandInvalid

_UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}
_SYMBOLS = ("h", "min", "s")
_LONG_SECONDS, _SHORT_SECONDS = 600, 60


class TimerSkills:
    """What people ask about the timers of a book."""

    def __init__(self, book: TimeBook) -> None:
        self._book = book

    def skills(self) -> Mapping[str, Skill]:
        """Skill by intent."""
        return {
            "HassStartTimer": self._start,
            "HassCancelTimer": self._cancel,
            "HassCancelAllTimers": self._cancel_all,
            "HassIncreaseTimer": self._increase,
            "HassDecreaseTimer": self._decrease,
            "HassPauseTimer": self._pause,
            "HassUnpauseTimer": self._resume,
            "HassTimerStatus": self._status,
        }

    def _start(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        if "conversation_command" in said.intent.slots:
            return answer(said, replies.phrase("not_later"))
        seconds, name = duration(said.intent.slots), str(said.intent.slots.get("timer_name", ""))
        try:
            timer = self._book.start(seconds, name, _label(name, said.language))
        except CommandInvalid:
            return answer(said, replies.phrase("too_many"))
        figures = {unit: str(said.intent.slots[unit]) for unit in _UNITS if unit in said.spoken}
        named = {"name": timer.name} if timer.name else {}
        text = _with_duration(replies.reply(said, slots={**figures, **named}), seconds)
        return answer(said, kept(text, replies, self._book.error))

    def _cancel(
        self, said: Recognition, replies: Replies, context: DialogContext, _now: datetime
    ) -> Answer:
        return self._change(said, replies, self._found(said, context), self._book.cancel)

    def _cancel_all(
        self, said: Recognition, replies: Replies, context: DialogContext, _now: datetime
    ) -> Answer:
        found = self._found(said, context)
        for timer in found:
            self._book.cancel(timer.id)
        return answer(said, replies.reply(said, slots={"canceled": len(found)}))

    def _increase(
        self, said: Recognition, replies: Replies, context: DialogContext, _now: datetime
    ) -> Answer:
        more = duration(said.intent.slots)
        found = self._found(said, context)
        return self._change(said, replies, found, lambda key: self._book.extend(key, more))

    def _decrease(
        self, said: Recognition, replies: Replies, context: DialogContext, _now: datetime
    ) -> Answer:
        less = duration(said.intent.slots)
        found = self._found(said, context)
        return self._change(said, replies, found, lambda key: self._book.extend(key, -less))

    def _pause(
        self, said: Recognition, replies: Replies, context: DialogContext, _now: datetime
    ) -> Answer:
        running = [timer for timer in self._found(said, context) if timer.is_active]
        return self._change(said, replies, running, self._book.pause)

    def _resume(
        self, said: Recognition, replies: Replies, context: DialogContext, _now: datetime
    ) -> Answer:
        paused = [timer for timer in self._found(said, context) if not timer.is_active]
        return self._change(said, replies, paused, self._book.resume)

    def _status(
        self, said: Recognition, replies: Replies, context: DialogContext, _now: datetime
    ) -> Answer:
        found, now = self._found(said, context), self._book.now
        if not found and self._book.timers(TimerKind.TIMER):
            return answer(said, replies.error("timer_not_found"))
        views = [_view(timer, now) for timer in found]
        return answer(said, replies.reply(said, slots={"timers": views}))

    def _change(
        self,
        said: Recognition,
        replies: Replies,
        found: Sequence[Timer],
        change: Callable[[str], object],
    ) -> Answer:
        """Do it to the one timer that is meant; nothing is done when several could be."""
        if len(found) != 1:
            return answer(
                said,
                replies.error("multiple_timers_matched" if found else "timer_not_found"),
            )
        change(found[0].id)
        return answer(said, kept(replies.reply(said), replies, self._book.error))

    def _found(self, said: Recognition, context: DialogContext) -> list[Timer]:
        """The timers that a sentence may mean, soonest first; a room's name can be a timer's."""
        slots = said.intent.slots
        timers = [timer for timer in self._book.timers(TimerKind.TIMER) if not timer.rings]
        if seconds := duration(slots, "start_"):
            timers = [timer for timer in timers if timer.set_seconds == seconds]
        name = str(slots.get("timer_name", slots.get("area", "")))
        named = [timer for timer in timers if same_name(timer.name, name)]
        is_here = "area" in slots and same_name(name, context.area)
        return timers if not name or (is_here and not named) else named


def duration(slots: Mapping[str, Any], prefix: str = "") -> int:
    """Seconds that the slots hours, minutes and seconds make."""
    return sum(int(slots.get(prefix + unit, 0)) * size for unit, size in _UNITS.items())


def _with_duration(text: str, seconds: int) -> str:
    """The reply with the duration in figures and units, for languages whose reply lacks it."""
    if any(letter.isdigit() for letter in text):
        return text
    parts = zip(_SYMBOLS, _parts(seconds), strict=True)
    return f"{text}: {' '.join(f'{part} {symbol}' for symbol, part in parts if part)}"


def _parts(seconds: int) -> tuple[int, int, int]:
    """Hours, minutes, seconds."""
    return seconds // 3600, seconds // 60 % 60, seconds % 60


def _label(name: str, language: str) -> str:
    return (
        load_language(language).phrases.get("timer_label", "{name}").format(name=name)
        if name
        else ""
    )


def _view(timer: Timer, now: Instant) -> dict[str, Any]:
    """A timer under the names that the intents package's reply templates use."""
    left = max(0.0, timer.seconds_left(now))
    view: dict[str, Any] = {
        "id": timer.id,
        "name": timer.name,
        "area": "",
        "is_active": timer.is_active,
        "total_seconds_left": round(left),
    }
    for key, seconds in (
        ("start_{}", round(timer.set_seconds)),
        ("{}_left", round(left)),
        ("rounded_{}_left", _rounded(left)),
    ):
        parts = zip(_UNITS, _parts(seconds), strict=True)
        view |= {key.format(unit): part for unit, part in parts}
    return view


def _rounded(seconds: float) -> int:
    """As exact as people want to hear: the less is left, the finer."""
    step = 60 if seconds >= _LONG_SECONDS else 10 if seconds >= _SHORT_SECONDS else 1
    return round(seconds / step) * step
