"""Folds events into the stage times of each turn. Pure: the time of an event is handed in."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from device import events as e
from device.audio.format import RATE

STAGES = ("vad", "stt", "agent", "action", "tts_first_chunk", "end_to_end")
"""vad: end of speech to end of turn. stt, agent: as named. action: waiting for the home.

tts_first_chunk: reply text to first sound. end_to_end: end of speech to first sound.
"""


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """When the steps of one turn happened, in seconds of stage time."""

    turn_id: int = 0
    vad_seconds: float = 0.0
    """Audio captured between the last speech and the end of the turn."""
    marks: dict[str, float] = field(default_factory=dict)
    """Stage time of the first event of each kind."""

    def fold(self, event: e.Event, now: float) -> "TurnTimes":
        """Take one more event; an event of another turn begins anew."""
        times = self if event.turn_id == self.turn_id else TurnTimes(event.turn_id)
        if event.turn_id == 0:
            return self
        if isinstance(event, e.TurnEnded):
            times = replace(times, vad_seconds=event.at - event.speech_stop_sample / RATE)
        return replace(times, marks={event.kind: now, **times.marks})

    @property
    def answered(self) -> bool:
        """Whether this turn answered somebody, and did not just announce something."""
        return "final_transcript" in self.marks

    def stages(self) -> dict[str, float]:
        """Milliseconds by stage, for the stages that this turn went through."""
        steps = {
            "stt": ("turn_ended", "final_transcript"),
            "agent": ("final_transcript", "intent_recognized"),
            "action": ("action_requested", "reply_text"),
            "tts_first_chunk": ("reply_text", "reply_audible"),
            "end_to_end": ("turn_ended", "reply_audible"),
        }
        spans = {
            stage: self.marks[last] - self.marks[first]
            for stage, (first, last) in steps.items()
            if first in self.marks and last in self.marks
        }
        if "turn_ended" in self.marks:
            spans["vad"] = self.vad_seconds
        if "end_to_end" in spans:
            spans["end_to_end"] += self.vad_seconds
        return {stage: round(spans[stage] * 1000, 1) for stage in STAGES if stage in spans}


@dataclass(frozen=True, slots=True)
class Spread:
    """What many turns took in one stage, in milliseconds."""

    count: int
    average: float
    p50: float
    p95: float


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
