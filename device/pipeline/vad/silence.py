"""How much silence ends a turn: pure functions of what is known about the turn so far.

A rule takes a `TurnSoFar` and gives the silence, in samples, after which the turn is over. New
strategies are new rules; the endpointing machine asks the rule anew at every step of a pause.

The longer a silence, the less likely that it is a pause: pauses inside a turn are log-normal in
length (Campione and Veronis, "A large-scale multilingual study of silent pause duration", Speech
Prosody 2002). So a turn is over when the risk that the person goes on has fallen to one in ten,
which takes the longer, the less the words sound complete and the more the person hesitates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from statistics import NormalDist
from typing import Final

from device.audio.format import RATE

_RISK: Final = 0.1
"""Of going on, at which a turn is taken as over; on generated speech one in thirty is cut off."""
_SPREAD: Final = 0.5
"""Standard deviation of the logarithm of a person's pauses."""
_USUAL_PAUSE: Final = RATE / 2
"""Median pause inside a turn, in samples."""
_USUAL_RATE: Final = 4.5
"""Syllables in a second of speech."""
_PRIOR_PAUSES: Final = 3.0
"""A person's own pauses count for as much as the usual one when there are so many."""
_ENOUGH_SPEECH: Final = RATE
"""Less speech tells no rate."""
_PACE_LIMITS: Final = (0.8, 1.3)


@dataclass(frozen=True, slots=True)
class TurnSoFar:
    """What a rule may judge by."""

    speech_samples: int
    """Speech of the turn without its pauses."""
    pauses: tuple[int, ...] = ()
    """Lengths in samples of the pauses the person made and spoke on after, last turns included."""
    over: float | None = None
    """Probability that what was said up to the pause is all; None: nobody knows."""
    syllables: int = 0
    """How many there were in the speech; 0: nobody has counted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Silences, in samples, that a rule stays within."""

    low: int
    """Never less: what ends a turn that is surely over."""
    usual: int
    """What ends a turn of a usual person when nobody knows whether it is over."""
    high: int
    """Never more: what ends a turn that surely is not over."""

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.usual <= self.high:
            raise ValueError("silences are least, usual and most in this order")

    def hold(self, samples: float) -> int:
        """The same silence, inside the limits."""
        return int(min(self.high, max(self.low, samples)))


SilenceRule = Callable[[TurnSoFar], int]


def fixed(samples: int) -> SilenceRule:
    """Wait equally long every time."""
    return lambda _turn: samples


def dynamic(limits: Limits) -> SilenceRule:
    """Wait by how fast the person speaks, and by the person's own pauses."""
    return lambda turn: limits.hold(limits.usual * hesitancy(turn))


def semantic(limits: Limits) -> SilenceRule:
    """Wait by how complete the words are."""
    return lambda turn: limits.hold(limits.usual * doubt(turn.over))


def combined(limits: Limits) -> SilenceRule:
    """Wait by the words, the rate and the pauses together."""
    return lambda turn: limits.hold(limits.usual * hesitancy(turn) * doubt(turn.over))


def hesitancy(turn: TurnSoFar) -> float:
    """How much longer than the usual person's are this person's pauses: 1 is the same.

    People who speak slowly pause longer; what their own pauses say weighs more with each of them.
    """
    own = sum(log(max(pause, 1) / _USUAL_PAUSE) for pause in turn.pauses)
    return exp(own / (len(turn.pauses) + _PRIOR_PAUSES)) * _slowness(turn)


def doubt(over: float | None) -> float:
    """How long to wait when the turn is over with this probability, out of when nobody knows."""
    if over is None:
        return 1.0
    return exp(_SPREAD * (_quantile(over) - _quantile(0.5)))


def _slowness(turn: TurnSoFar) -> float:
    if not turn.syllables or turn.speech_samples < _ENOUGH_SPEECH:
        return 1.0
    rate = turn.syllables * RATE / turn.speech_samples
    return min(_PACE_LIMITS[1], max(_PACE_LIMITS[0], sqrt(_USUAL_RATE / rate)))


def _quantile(over: float) -> float:
    """Standard normal quantile of the pause after which the risk of going on is low enough."""
    if over >= 1.0 - _RISK:
        return -inf
    share = _RISK * over / ((1.0 - _RISK) * (1.0 - over))
    return -NormalDist().inv_cdf(share) if share > 0.0 else inf
