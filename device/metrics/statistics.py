"""Average, p50 and p95 over many turns: the last hundred, and all there ever were. Pure."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from device import events as e
from device.metrics.turn import STAGES

BOUNDS_MS: Final = tuple(round(10 ** (step / 8), 2) for step in range(41))
"""Upper bounds of a histogram's buckets: 1 ms to 100 s, each a third above the one before."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What many turns took in one stage, in milliseconds."""

    count: int
    average: float
    p50: float
    p95: float


@dataclass(slots=True)
class Histogram:
    """How often a stage took how long; as small after a year as after a day."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    """Turns by bucket; the last one holds what is above every bound."""
    sum_ms: float = 0.0

    def add(self, value_ms: float) -> None:
        """Take the time of one more turn."""
        place = next((i for i, bound in enumerate(BOUNDS_MS) if value_ms <= bound), len(BOUNDS_MS))
        self.counts[place] += 1
        self.sum_ms += value_ms

    def percentile(self, share: float) -> float:
        """The time within which `share` of the turns were, in ms, read inside of its bucket."""
        wanted, before = share * sum(self.counts), 0
        for place, count in enumerate(self.counts):
            if count and before + count >= wanted:
                low = BOUNDS_MS[place - 1] if place else 0.0
                high = BOUNDS_MS[min(place, len(BOUNDS_MS) - 1)]
                return low + max(0.0, high - low) * (wanted - before) / count
            before += count
        return 0.0

    def spread(self) -> Spread:
        """Average, and the percentiles as far as buckets tell them."""
        count = sum(self.counts)
        p50, p95 = self.percentile(0.5), self.percentile(0.95)
        return Spread(count, round(self.sum_ms / max(1, count), 1), round(p50, 1), round(p95, 1))

    def up_to(self) -> list[int]:
        """Turns within each of BOUNDS_MS, and all of them, as Prometheus counts."""
        return list(accumulate(self.counts))


@dataclass(slots=True)
class Totals:
    """Every turn there ever was."""

    stages: dict[str, Histogram] = field(default_factory=dict)
    turns: Counter[str] = field(default_factory=Counter)
    """By language."""
    audio_seconds: float = 0.0
    """Said to the speaker."""
    reply_seconds: float = 0.0
    """Heard of its replies."""
    confidence_sum: float = 0.0
    speculations_discarded: int = 0
    """Sentences understood in a pause, after which somebody spoke on."""
    budgets_missed: Counter[str] = field(default_factory=Counter)
    """Turns by stage that took too long."""

    def add(self, turn: e.TurnMeasured) -> None:
        """Take one more turn."""
        for stage, value in turn.stages.items():
            self.stages.setdefault(stage, Histogram()).add(value)
        self.turns[turn.language or "unknown"] += 1
        self.audio_seconds += turn.audio_seconds
        self.reply_seconds += turn.reply_seconds
        self.confidence_sum += turn.confidence or 0.0
        self.speculations_discarded += turn.speculations_discarded

    @property
    def confidence(self) -> float | None:
        """Average of all transcripts; None: there was none."""
        turns = self.turns.total()
        return round(self.confidence_sum / turns, 3) if turns else None

    def spreads(self) -> dict[str, Spread]:
        """By stage, for the stages seen."""
        return {stage: self.stages[stage].spread() for stage in STAGES if stage in self.stages}

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        stages = {name: [one.counts, one.sum_ms] for name, one in self.stages.items()}
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "stages"}
        return {"stages": stages, **plain}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Totals":
        """Read the JSON form. Raises ValueError, TypeError or KeyError when it is none."""
        stages = {
            name: Histogram([int(count) for count in counts], float(sum_ms))
            for name, (counts, sum_ms) in kept["stages"].items()
        }
        if any(len(one.counts) != len(BOUNDS_MS) + 1 for one in stages.values()):
            raise ValueError("a histogram with other buckets")
        return cls(
            stages, Counter(kept["turns"]), float(kept["audio_seconds"]),
            float(kept["reply_seconds"]), float(kept["confidence_sum"]),
            int(kept["speculations_discarded"]), Counter(kept["budgets_missed"]),
        )  # fmt: skip


class TurnStatistics:
    """Average, p50 and p95 of every stage over the last `size` turns."""

    def __init__(self, size: int = 100) -> None:
        self._turns: deque[dict[str, float]] = deque(maxlen=size)

    def add(self, measured: e.TurnMeasured) -> None:
        """Take one more turn."""
        self._turns.append(measured.stages)

    def spreads(self) -> dict[str, Spread]:
        """By stage, for the stages seen."""
        return {
            stage: _spread([turn[stage] for turn in self._turns if stage in turn])
            for stage in STAGES
            if any(stage in turn for turn in self._turns)
        }


def _spread(values: Iterable[float]) -> Spread:
    ordered = sorted(values)
    place = len(ordered) - 1
    return Spread(
        count=len(ordered),
        average=round(sum(ordered) / len(ordered), 1),
        p50=ordered[round(0.5 * place)],
        p95=ordered[round(0.95 * place)],
    )
