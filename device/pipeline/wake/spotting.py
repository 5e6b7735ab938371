"""What engines with a score per block share: cut, score, spot, find the word's end."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from device.audio.format import RATE, Samples
from device.pipeline.wake.blocks import Blocks
from device.pipeline.wake.spotter import Spotter
from device.pipeline.wake.tail import Tail
from device.pipeline.wake.threshold import Thresholds
from device.pipeline.wake.wordend import word_end
from device.types import Detection


class Scorer(Protocol):
    """Scores one session's audio, block after block."""

    @property
    def block_samples(self) -> int:
        """Samples a block must have."""
        ...

    @property
    def trigger_delay_samples(self) -> int:
        """How long after the end of a word its score reaches the threshold, in the middle."""
        ...

    def score(self, block: Samples) -> Mapping[str, float]:
        """Scores, 0 to 1, known after this block; nothing for words without a new one."""
        ...

    def close(self) -> None:
        """Give memory back; idempotent."""
        ...


class SpottingEngine:
    """Knows the words of one kind of scorer."""

    def __init__(
        self,
        open_scorer: Callable[[], Scorer],
        thresholds: Thresholds,
        refractory_samples: int,
        spotted_from: Mapping[str, float] | None = None,
    ) -> None:
        """Open a scorer once, so that a model that cannot be used is told now.

        `spotted_from` takes the place of the thresholds where the scorer itself applies them.
        """
        self.scorer = open_scorer
        """A fresh scorer for one stream."""
        self.thresholds = thresholds
        """Sensitivity of every word."""
        self._refractory = refractory_samples
        self._spotted_from = spotted_from or thresholds
        open_scorer().close()

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the words it knows."""
        return tuple(self.thresholds)

    def set_threshold(self, word: str, value: float) -> None:
        """Change the sensitivity of one word in all streams. Raises UsageError."""
        self.thresholds.set(word, value)

    def open(self) -> "SpottingStream":
        """A fresh stream."""
        return SpottingStream(self.scorer(), self._spotted_from, self._refractory)


class SpottingStream:
    """Listens for the words of a scorer."""

    def __init__(
        self, scorer: Scorer, thresholds: Mapping[str, float], refractory_samples: int
    ) -> None:
        self._scorer = scorer
        self._blocks = Blocks(scorer.block_samples)
        self._spotter = Spotter(thresholds, refractory_samples)
        self._tail = Tail(2 * RATE)
        self._heard: deque[Detection] = deque()

    def feed(self, samples: Samples) -> Detection | None:
        """Take the next samples; of several words in them the later ones come with later feeds."""
        for block in self._blocks.cut(samples):
            self._tail.push(block)
            at = self._blocks.position
            spotted = self._spotter.hear(at, self._scorer.score(block))
            if spotted is not None:
                end = word_end(self._tail, at, at - self._scorer.trigger_delay_samples)
                self._heard.append(Detection(spotted.word, spotted.score, at, end))
        return self._heard.popleft() if self._heard else None

    def close(self) -> None:
        """Give memory back; idempotent."""
        self._scorer.close()
