"""PURE: what came of wake words, counted, and what that says about their thresholds.

No sound is in it and no time of day: for each word, how often each score led to what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import floor, sqrt
from typing import Any, Final


class Outcome(StrEnum):
    """What came of a wake word."""

    COMMAND = "command"
    """Somebody said something that was understood."""
    NOTHING = "nothing"
    """Nobody spoke, or nothing was understood."""
    FALSE_WAKE = "false_wake"
    """Somebody said that it was none."""
    CUT = "cut"
    """It ended before anything came of it."""


FEWEST_COMMANDS: Final = 20
FEWEST_FALSE: Final = 3
"""With fewer, a threshold would be a guess."""

Scores = Mapping[float, int]
"""How often each score came, to three decimals."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything counted so far."""

    seconds: float = 0.0
    """Captured audio that wake words were listened for in."""
    words: Mapping[str, Mapping[Outcome, Scores]] = field(default_factory=dict)

    def listened(self, seconds: float) -> "Tally":
        """Count more audio."""
        return replace(self, seconds=self.seconds + seconds)

    def add(self, word: str, score: float, outcome: Outcome, times: int = 1) -> "Tally":
        """Count one more wake word, or with -1 take one back."""
        outcomes = self.words.get(word, {})
        scores, key = outcomes.get(outcome, {}), round(score, 3)
        counted = {**scores, key: scores.get(key, 0) + times}
        kept = {score: count for score, count in counted.items() if count > 0}
        return replace(self, words={**self.words, word: {**outcomes, outcome: kept}})

    def as_dict(self) -> dict[str, Any]:
        """The form that JSON holds."""
        return {
            "seconds": round(self.seconds, 1),
            "words": {
                word: {str(outcome): {f"{score:g}": n for score, n in scores.items()}
                       for outcome, scores in outcomes.items()}
                for word, outcomes in self.words.items()
            },
        }  # fmt: skip


def tally_from(data: Mapping[str, Any]) -> Tally:
    """Read the form that JSON holds. Raises ValueError, TypeError, KeyError or AttributeError."""
    words = {
        str(word): {
            Outcome(outcome): {float(score): int(count) for score, count in scores.items()}
            for outcome, scores in outcomes.items()
        }
        for word, outcomes in data["words"].items()
    }
    return Tally(max(0.0, float(data["seconds"])), words)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something came in an hour, with its 95 % interval."""

    count: int
    per_hour: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class WordReport:
    """How one wake word does."""

    word: str
    outcomes: Mapping[Outcome, int]
    reported: Rate
    """Wakes that somebody said were false."""
    suspected: Rate
    """Those, and those that nothing came of: the true figure is between the two."""
    threshold: float | None
    """The lowest that keeps every command and rejects everything reported false; None: none."""
    reason: str
    """Why there is no threshold, for people; empty: there is one."""


@dataclass(frozen=True, slots=True)
class WakeReport:
    """How the wake words do."""

    hours: float
    """Audio listened to."""
    words: tuple[WordReport, ...]


def report(tally: Tally) -> WakeReport:
    """Judge what was counted."""
    hours = max(tally.seconds, 1.0) / 3600
    words = (_judge(word, outcomes, hours) for word, outcomes in sorted(tally.words.items()))
    return WakeReport(round(hours, 2), tuple(words))


def poisson_rate(events: int, hours: float) -> tuple[float, float]:
    """95 % interval of events per hour (Byar's approximation; 3/N for none)."""
    if events == 0:
        return (0.0, 3.0 / hours)
    low = events * (1 - 1 / (9 * events) - 1.96 / (3 * sqrt(events))) ** 3
    more = events + 1
    high = more * (1 - 1 / (9 * more) + 1.96 / (3 * sqrt(more))) ** 3
    return (low / hours, high / hours)


def suggest_threshold(commands: Scores, false: Scores) -> tuple[float | None, str]:
    """The lowest threshold that tells both apart, to two decimals, or why there is none."""
    if sum(commands.values()) < FEWEST_COMMANDS or sum(false.values()) < FEWEST_FALSE:
        return None, (
            f"too few to tell: {sum(commands.values())} commands (of {FEWEST_COMMANDS}) and "
            f"{sum(false.values())} false ones (of {FEWEST_FALSE})"
        )
    lowest = floor(round(max(false) * 1000) / 10 + 1) / 100
    if lowest > min(commands):
        return None, "no threshold keeps every command and rejects every false one"
    return lowest, ""


def _judge(word: str, outcomes: Mapping[Outcome, Scores], hours: float) -> WordReport:
    counts = {outcome: sum(outcomes.get(outcome, {}).values()) for outcome in Outcome}
    threshold, reason = suggest_threshold(
        outcomes.get(Outcome.COMMAND, {}), outcomes.get(Outcome.FALSE_WAKE, {})
    )
    false = counts[Outcome.FALSE_WAKE]
    return WordReport(
        word, counts, _rate(false, hours), _rate(false + counts[Outcome.NOTHING], hours),
        threshold, reason,
    )  # fmt: skip


def _rate(count: int, hours: float) -> Rate:
    low, high = poisson_rate(count, hours)
    return Rate(count, round(count / hours, 3), round(low, 3), round(high, 3))
