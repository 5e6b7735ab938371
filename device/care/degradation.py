"""When the speaker gives something up, and when it takes it back. Pure.

Steps are given up one after the other while turns are late or the computer is too hot, and taken
back one after the other when all has been well for a while. Who fell soon after a step back waits
twice as long before the next one, so that nothing goes back and forth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from typing import Final

LATE_TURNS, OF_TURNS = 3, 5
"""So many late ones of the last turns are too many."""
HOT_SECONDS: Final = 60.0
"""So long one step less has time to cool the computer, before the next is given up."""
PATIENCE_SECONDS: Final = 300.0
"""All must be well for so long before a step is taken back."""
_LONGEST_PATIENCE_SECONDS: Final = 4 * 3600.0
_SOON: Final = 4
"""Falling within so many times the patience after a step back means that it came too soon."""
HELPED: Final = frozenset({"vad_lag", "stt", "tts_first_chunk", "end_to_end"})
"""Stages that are quicker with less to compute; a language model elsewhere is not."""


class Heat(StrEnum):
    """How the computer is."""

    COOL = "cool"
    WARM = "warm"
    """Neither hot nor cool again."""
    HOT = "temperature"
    THROTTLED = "throttled"
    """It slows itself down."""


def heat(celsius: float | None, throttled: bool, hot: float, cool: float) -> Heat:
    """What a temperature means; None: it is not known."""
    if throttled:
        return Heat.THROTTLED
    if celsius is None or celsius < cool:
        return Heat.COOL
    return Heat.HOT if celsius >= hot else Heat.WARM


def is_late(missed: Mapping[str, float]) -> bool:
    """Whether missed budgets, by stage, are such that giving something up helps."""
    return not HELPED.isdisjoint(missed)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where the speaker stands; times in seconds of one clock."""

    steps: int
    """How much there is to give up."""
    level: int = 0
    """How much is given up."""
    reason: str = "recovered"
    """Why it changed last: budget, temperature, throttled or recovered."""
    late: tuple[bool, ...] = ()
    """Of the last turns since the level changed."""
    changed_at: float = -inf
    rose_at: float = -inf
    """When a step was taken back last."""
    troubled_at: float = -inf
    """When anything was wrong last."""
    patience_seconds: float = PATIENCE_SECONDS

    def turn(self, late: bool, now: float) -> "Ladder":
        """Take one more turn."""
        turns = (*self.late, late)[-OF_TURNS:]
        after = replace(self, late=turns, troubled_at=now if late else self.troubled_at)
        return after._fall("budget", now) if sum(turns) >= LATE_TURNS else after

    def feel(self, how: Heat, now: float) -> "Ladder":
        """Look at the computer, every few seconds."""
        if how in (Heat.HOT, Heat.THROTTLED):
            after = replace(self, troubled_at=now)
            return after._fall(how.value, now) if now - self.changed_at >= HOT_SECONDS else after
        well_since = max(self.changed_at, self.troubled_at)
        if how is Heat.COOL and self.level and now - well_since >= self.patience_seconds:
            return replace(
                self, level=self.level - 1, reason="recovered", late=(), changed_at=now, rose_at=now
            )
        return self

    def _fall(self, reason: str, now: float) -> "Ladder":
        if self.level == self.steps:
            return replace(self, late=())
        soon = now - self.rose_at < _SOON * self.patience_seconds
        patience = 2 * self.patience_seconds if soon else PATIENCE_SECONDS
        return replace(
            self, level=self.level + 1, reason=reason, late=(), changed_at=now,
            patience_seconds=min(patience, _LONGEST_PATIENCE_SECONDS),
        )  # fmt: skip
