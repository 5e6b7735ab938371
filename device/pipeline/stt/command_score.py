"""How sure one can be that an utterance was the command that fits it best."""

import math
from dataclasses import dataclass

_STEEPEST = 50.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Logistic regression on generated speech, which `benchmarks.command_fit` makes and prints."""

    margin: float
    """Per unit of log score in 10 ms of words."""
    prior: float
    """Likewise."""
    bias: float
    """Puts a half where as much other sound is refused as is required."""


COMMANDS = Weights(0.40, 0.69, 0.89)
"""Refuses nine in ten other sounds."""
PHRASES = Weights(0.40, 0.0, 2.40)
"""For a few expected phrases; refuses ninety-nine in a hundred other sounds.

A bell that is told twice to stop is better than one that stops unasked. How likely each of a few
phrases is says nothing, so it has no weight.
"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the best command, or a pause in brackets."""

    text: str
    vectors: int
    """Length in 10 ms steps."""
    sound: float
    """Log score of the sound alone, in the decoder's unit."""

    @property
    def is_spoken(self) -> bool:
        """False for pauses and noises."""
        return not self.text.startswith(("<", "[", "("))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the searches say about one utterance."""

    text: str
    score: float
    """Log score of the best command, in the decoder's unit."""
    speech_score: float
    """Log score of the best string of ordinary words."""
    words: tuple[Word, ...]
    """The words of the command in order, and the pauses."""
    lead: float = 0.0
    """How much better the best command fits that is not said to its end, same unit."""

    @property
    def margin(self) -> float:
        """How much better than ordinary words the command explains 10 ms of words."""
        return (self.score - self.speech_score) / self._spoken

    @property
    def prior(self) -> float:
        """How likely such a command is whatever was heard, log for 10 ms of words; below 0."""
        return (self.score - sum(word.sound for word in self.words)) / self._spoken

    @property
    def _spoken(self) -> int:
        return max(sum(word.vectors for word in self.words if word.is_spoken), 1)


def confidence(evidence: Evidence, weights: Weights = COMMANDS) -> float:
    """0 to 1, surely meant for the speaker; from a half on it is taken so."""
    odds = weights.margin * evidence.margin + weights.prior * evidence.prior + weights.bias
    return 1 / (1 + math.exp(-min(max(odds, -_STEEPEST), _STEEPEST)))
