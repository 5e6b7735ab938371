"""PURE: scores in, detections out; knows thresholds and the refractory period."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spotted:
    """A word's score reached its threshold."""

    word: str
    score: float
    at_sample: int


class Spotter:
    """Picks the word that is heard out of each set of scores."""

    def __init__(self, thresholds: Mapping[str, float], refractory_samples: int) -> None:
        self._thresholds = thresholds
        self._refractory = refractory_samples
        self._deaf_until: dict[str, int] = {}

    def hear(self, at_sample: int, scores: Mapping[str, float]) -> Spotted | None:
        """Take the scores known at `at_sample`; of several words the clearest one counts.

        A word that was heard is not heard again before the refractory period is over.
        """
        heard = [
            (score - self._thresholds[word], word)
            for word, score in scores.items()
            if score >= self._thresholds[word] and at_sample >= self._deaf_until.get(word, 0)
        ]
        if not heard:
            return None
        _, word = max(heard)
        for _, other in heard:
            self._deaf_until[other] = at_sample + self._refractory
        return Spotted(word, min(1.0, max(0.0, scores[word])), at_sample)
