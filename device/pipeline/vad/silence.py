"""How much silence ends a turn: pure functions of what is known about the turn so far.

A rule takes a `TurnSoFar` and gives the silence, in samples, after which the turn is over. New
strategies are new rules; the endpointing machine asks the rule anew at every step of a pause.
"""

from collections.abc import Callable
from dataclasses import dataclass

_OWN_PAUSE_MARGIN = 1.25


@dataclass(frozen=True, slots=True)
class TurnSoFar:
    """What a rule may judge by."""

    speech_samples: int
    """From the first speech to the last."""
    pauses: tuple[int, ...] = ()
    """Lengths in samples of the pauses the person made and spoke on after."""
    complete: bool | None = None
    """Whether what was understood so far is a whole command; None: nobody knows."""


SilenceRule = Callable[[TurnSoFar], int]


def fixed(samples: int) -> SilenceRule:
    """Wait equally long every time."""
    return lambda _turn: samples


def dynamic(low: int, high: int) -> SilenceRule:
    """Wait between `low` and `high` samples, by what the person said and how.

    After a whole command `low`, after an unfinished one `high`, half-way when nobody knows; but a
    quarter more than the longest pause that the person made and spoke on after.
    """

    def rule(turn: TurnSoFar) -> int:
        if turn.complete is False:
            return high
        least = low if turn.complete else (low + high) // 2
        own = int(max(turn.pauses, default=0) * _OWN_PAUSE_MARGIN)
        return min(high, max(least, own))

    return rule
