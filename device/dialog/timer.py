"""One timer, alarm or reminder, and what becomes of it as time passes.

Two clocks: a timer counts seconds since boot, which no setting of the wall clock disturbs; alarms
and reminders go by the wall clock. Both are handed in as an Instant.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo
from enum import StrEnum
from typing import Any

from device.dialog.occurrence import EVERY_DAY, days_text, next_occurrence

CLOCK_SET_SECONDS = 1_577_836_800.0
"""2020 began. A wall clock before that was never set: the board has no battery."""
LATE_SECONDS = 900.0
"""What is later than this is told as missed instead of rung."""
_STEP_SECONDS = 1.0


class TimerKind(StrEnum):
    """What rings."""

    TIMER = "timer"
    ALARM = "alarm"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class Instant:
    """Both clocks, read together."""

    wall: float
    """Seconds since 1970 by the wall clock."""
    ticks: float
    """Seconds since boot."""

    @property
    def is_set(self) -> bool:
        """Whether the wall clock can be believed."""
        return self.wall >= CLOCK_SET_SECONDS


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer, alarm or reminder that was set and has not ended."""

    id: str
    kind: TimerKind
    name: str = ""
    """What it is called, or what to remind of; empty: nothing."""
    label: str = ""
    """What is said as it rings, in the language it was set in."""
    total_seconds: float = 0.0
    """Timers: how long it was set for, with what was added and taken."""
    set_seconds: float = 0.0
    """Timers: how long it was first set for; people call it "the ten minute timer"."""
    left_seconds: float = 0.0
    """Timers: what was left when it was paused, or when it began to count."""
    due: float | None = None
    """When it rings, seconds since 1970; None: paused, or set while the clock was not."""
    due_ticks: float | None = None
    """Timers: when it rings, seconds since boot; None: paused, or set before this boot."""
    is_active: bool = True
    """False while paused."""
    rings: bool = False
    at: str = ""
    """Alarms and reminders that repeat: local time, HH:MM."""
    days: frozenset[int] = frozenset()
    """Weekdays on which it repeats, Monday 0; empty: never."""

    def __post_init__(self) -> None:
        """Refuse, with ValueError, what could not come again."""
        if self.days:
            time.fromisoformat(self.at)
        if not self.days <= EVERY_DAY:
            raise ValueError(f"{sorted(self.days)} are no weekdays")

    def seconds_left(self, now: Instant) -> float:
        """Until it rings, negative when it should have; infinite when that cannot be known."""
        if not self.is_active:
            return self.left_seconds
        if self.due_ticks is not None:
            return self.due_ticks - now.ticks
        return self.due - now.wall if self.due is not None and now.is_set else float("inf")

    def started(self, seconds: float, now: Instant) -> "Timer":
        """Counting `seconds` from now on."""
        return replace(
            self,
            is_active=True,
            rings=False,
            left_seconds=seconds,
            due_ticks=now.ticks + seconds,
            due=now.wall + seconds if now.is_set else None,
        )

    def paused(self, now: Instant) -> "Timer":
        """Standing still with what is left."""
        left = max(0.0, self.seconds_left(now))
        return replace(self, is_active=False, left_seconds=left, due=None, due_ticks=None)

    def extended(self, seconds: float, now: Instant) -> "Timer":
        """With so much more time, or less; what is taken ends at nothing."""
        left = max(0.0, self.seconds_left(now) + seconds)
        longer = replace(self, total_seconds=max(0.0, self.total_seconds + seconds))
        if self.is_active:
            return longer.started(left, now)
        return replace(longer, left_seconds=left)

    def after_ringing(self, now: Instant, zone: tzinfo) -> "Timer | None":
        """What is left of it once it has rung: the next time, or nothing."""
        if not self.days:
            return None
        # The later of the two: a clock that was set back must not bring the same ring again.
        last = max(now.wall, self.due or 0.0)
        due = next_occurrence(
            datetime.fromtimestamp(last, zone), time.fromisoformat(self.at), self.days, zone
        )
        return replace(self, rings=False, due=due.timestamp(), due_ticks=None, is_active=True)

    def anchored(self, now: Instant) -> "Timer":
        """With the wall clock's due moved to where the ticks say, as far as both are known.

        What was set before this boot goes by the wall clock alone: that may be put right late.
        """
        if not self.is_active:
            return self
        if self.due_ticks is None:
            return self.started(self.left_seconds, now) if self.due is None else self
        due = now.wall + self.due_ticks - now.ticks
        if not now.is_set or (self.due is not None and abs(self.due - due) < _STEP_SECONDS):
            return self
        return replace(self, due=due)

    def as_dict(self, now: Instant, zone: tzinfo) -> dict[str, Any]:
        """The form in which timers are listed; `due` is ISO 8601, empty when it is not known."""
        left = self.seconds_left(now)
        known = now.is_set and self.due is not None
        due = datetime.fromtimestamp(self.due, zone) if known and self.due is not None else None
        return {
            "id": self.id,
            "kind": str(self.kind),
            "name": self.name,
            "total_seconds": round(self.total_seconds),
            "seconds_left": max(0, round(left)) if left != float("inf") else None,
            "is_active": self.is_active,
            "due": due.isoformat(timespec="seconds") if due else "",
            "repeat": days_text(self.days),
        }
