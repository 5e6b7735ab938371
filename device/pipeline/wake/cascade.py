"""Two stages: cheap ears hear everything, openWakeWord hears only what they find promising.

The verifier's feature stream is kept; on a candidate it gets the buffered audio from before, on the
same 80 ms grid as if it had heard everything.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from device.audio.format import RATE, Samples
from device.pipeline.wake.blocks import Blocks
from device.pipeline.wake.firststage import FirstStage
from device.pipeline.wake.gate import Feed, GatePolicy, GateState, advance
from device.pipeline.wake.openwakeword import BLOCK_SAMPLES
from device.pipeline.wake.spotter import Spotter
from device.pipeline.wake.spotting import Scorer
from device.pipeline.wake.tail import Tail
from device.pipeline.wake.threshold import Thresholds
from device.pipeline.wake.wordend import word_end
from device.types import Detection

AGREEMENT: Final = 2.5
"""What the first stage's own detection makes of the verifier's score."""
_FRESH_SAMPLES: Final = 12_000
"""An end that the first stage saw longer ago than this belongs to something else."""


class CascadeEngine:
    """A verifier behind first stages."""

    def __init__(
        self,
        verifier: Callable[[], Scorer],
        stages: Callable[[], Sequence[FirstStage]],
        thresholds: Thresholds,
        refractory_samples: int,
        policy: GatePolicy | None = None,
    ) -> None:
        """`verifier` and `stages` make the parts of one stream; both are tried at once."""
        self._verifier = verifier
        self._stages = stages
        self._refractory = refractory_samples
        self._policy = policy or GatePolicy()
        self.thresholds = thresholds
        """Sensitivity of every word."""
        self.open().close()

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the words it knows."""
        return tuple(self.thresholds)

    def set_threshold(self, word: str, value: float) -> None:
        """Change the sensitivity of one word in all streams. Raises UsageError."""
        self.thresholds.set(word, value)

    def open(self) -> "CascadeStream":
        """A fresh stream."""
        return CascadeStream(
            self._verifier(), self._stages(), self.thresholds, self._refractory, self._policy
        )


class CascadeStream:
    """Listens for wake words in one session's audio."""

    def __init__(
        self,
        verifier: Scorer,
        stages: Sequence[FirstStage],
        thresholds: Mapping[str, float],
        refractory_samples: int,
        policy: GatePolicy,
    ) -> None:
        self._verifier = verifier
        self._stages = stages
        self._policy = policy
        self._gate = GateState()
        self._blocks = Blocks(BLOCK_SAMPLES)
        self._tail = Tail(policy.look_back_samples + 2 * RATE)
        self._spotter = Spotter(thresholds, refractory_samples)
        self._heard: deque[Detection] = deque()
        self.verified_samples = 0
        """Audio that the verifier has heard so far."""

    def feed(self, samples: Samples) -> Detection | None:
        """Take the next samples; of several words in them the later ones come with later feeds."""
        for block in self._blocks.cut(samples):
            self._tail.push(block)
            end = self._blocks.position
            promising = [stage.is_candidate(block) for stage in self._stages]
            self._gate, feed = advance(
                self._policy, self._gate, end - BLOCK_SAMPLES, end, any(promising)
            )
            if feed is not None:
                self._verify(feed)
        return self._heard.popleft() if self._heard else None

    def close(self) -> None:
        """Give memory back; idempotent."""
        self._verifier.close()
        for stage in self._stages:
            stage.close()

    def _verify(self, feed: Feed) -> None:
        audio = self._tail.read(feed.start, feed.stop)
        self.verified_samples += len(audio)
        for start in range(0, len(audio), BLOCK_SAMPLES):
            scores = self._weighed(self._verifier.score(audio[start : start + BLOCK_SAMPLES]))
            place = feed.start + start + BLOCK_SAMPLES
            spotted = self._spotter.hear(place, scores)
            if spotted is not None:
                end = word_end(self._tail, feed.stop, self._expected_end(place))
                self._heard.append(Detection(spotted.word, spotted.score, feed.stop, end))

    def _weighed(self, scores: Mapping[str, float]) -> dict[str, float]:
        """A word that the first stage is sure of needs less of the verifier."""
        return {
            word: min(1.0, score * AGREEMENT)
            if any(stage.is_sure(word) for stage in self._stages)
            else score
            for word, score in scores.items()
        }

    def _expected_end(self, place: int) -> int:
        """The first stage knows the end of a word better than the verifier, if it heard it."""
        told = [stage.word_end for stage in self._stages]
        fresh = [end for end in told if end is not None and place - _FRESH_SAMPLES <= end <= place]
        return max(fresh, default=place - self._verifier.trigger_delay_samples)
