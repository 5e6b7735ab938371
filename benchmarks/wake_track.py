"""Runs wake engines side by side over one piece of audio and notes what each of them made of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from device.audio.format import RATE, Samples
from device.pipeline.base import WakeStream
from device.pipeline.wake.cascade import CascadeStream
from device.pipeline.wake.engines import first_stages
from device.pipeline.wake.gate import GatePolicy
from device.pipeline.wake.microwakeword import BUILTIN, MicroWakeWordScorer, default_threshold
from device.pipeline.wake.openwakeword import DEFAULT_THRESHOLD, OpenWakeWordScorer
from device.pipeline.wake.spotting import Scorer, SpottingStream
from device.types import Detection

BLOCK_SAMPLES: Final = 1_280
"""Audio a feed, as in the speaker."""
_REFRACTORY: Final = 2 * RATE
_NOTEWORTHY: Final = 0.05

Words = Mapping[str, Path | None]
"""Wake words with the paths of custom models."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A detection and the work of the feed that brought it."""

    detection: Detection
    work_seconds: float


@dataclass(frozen=True, slots=True)
class Track:
    """What one engine made of one piece."""

    heard: list[Heard]
    peaks: dict[str, list[float]]
    """Highest score of every two seconds that have one above 0.05, by word."""


class Eavesdropper:
    """Passes audio to a scorer and keeps the peaks of its scores."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self.block_samples = scorer.block_samples
        self.trigger_delay_samples = scorer.trigger_delay_samples
        self._heard = 0
        self._began: dict[str, int] = {}
        self.peaks: dict[str, list[float]] = {}

    def score(self, block: Samples) -> Mapping[str, float]:
        """The scorer's scores."""
        scores = self._scorer.score(block)
        self._heard += len(block)
        for word, score in scores.items():
            if score >= _NOTEWORTHY:
                self._note(word, score)
        return scores

    def close(self) -> None:
        """Give memory back; idempotent."""
        self._scorer.close()

    def _note(self, word: str, score: float) -> None:
        peaks = self.peaks.setdefault(word, [])
        if not peaks or self._heard - self._began[word] >= _REFRACTORY:
            self._began[word] = self._heard
            peaks.append(score)
        else:
            peaks[-1] = max(peaks[-1], score)


class Rig:
    """Fresh streams of each engine for the same words."""

    def __init__(self, words: Words, thresholds: Mapping[str, float] | None = None) -> None:
        self.words = dict(words)
        """The words that all engines but microWakeWord listen for."""
        chosen = thresholds or {}
        self._thresholds = {w: chosen.get(w, DEFAULT_THRESHOLD) for w in words}
        self._micro = {w: p for w, p in words.items() if p is None and w in BUILTIN}
        self._cutoffs = {w: default_threshold(w, p) for w, p in self._micro.items()}
        self._openers: dict[str, Callable[[], tuple[WakeStream, Eavesdropper]]] = {
            "cascade": self._cascade,
            "openwakeword": self._openwakeword,
            "microwakeword": self._microwakeword,
        }

    @property
    def engines(self) -> tuple[str, ...]:
        """Engines that know at least one of the words."""
        return tuple(self._openers) if self._micro else ("cascade", "openwakeword")

    def open(self, engine: str) -> WakeStream:
        """A fresh stream."""
        return self._openers[engine]()[0]

    def listen(self, engine: str, samples: Samples) -> Track:
        """Feed a piece to a fresh stream, 80 ms at a time."""
        stream, ear = self._openers[engine]()
        heard = []
        for start in range(0, len(samples), BLOCK_SAMPLES):
            began = perf_counter()
            found = stream.feed(samples[start : start + BLOCK_SAMPLES])
            if found is not None:
                heard.append(Heard(found, perf_counter() - began))
        stream.close()
        return Track(heard, ear.peaks)

    def _cascade(self) -> tuple[WakeStream, Eavesdropper]:
        ear = Eavesdropper(OpenWakeWordScorer(self.words))
        stages = first_stages(self.words)
        return CascadeStream(ear, stages, self._thresholds, _REFRACTORY, GatePolicy()), ear

    def _openwakeword(self) -> tuple[WakeStream, Eavesdropper]:
        ear = Eavesdropper(OpenWakeWordScorer(self.words))
        return SpottingStream(ear, self._thresholds, _REFRACTORY), ear

    def _microwakeword(self) -> tuple[WakeStream, Eavesdropper]:
        ear = Eavesdropper(MicroWakeWordScorer(self._micro))
        return SpottingStream(ear, self._cutoffs, _REFRACTORY), ear
