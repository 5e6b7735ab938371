"""How sure one can be that an utterance was the command that fits it best."""

import math
from dataclasses import dataclass

MARGIN_WEIGHT, PRIOR_WEIGHT, BIAS = 0.40, 0.69, 0.89
"""Logistic regression on generated speech, see `benchmarks.command_fit`, which prints them.

Weights are per unit of log score and 10 ms of words. BIAS puts a half where nine in ten of the
other sounds are refused.
"""
_STEEPEST = 50.0


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


def confidence(evidence: Evidence) -> float:
    """0 to 1, surely a command; a half refuses nine in ten other sounds."""
    odds = MARGIN_WEIGHT * evidence.margin + PRIOR_WEIGHT * evidence.prior + BIAS
    return 1 / (1 + math.exp(-min(max(odds, -_STEEPEST), _STEEPEST)))
