"""Folds events into the stage times of each turn. Pure: the time of an event is handed in."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from device import events as e
from device.audio.format import RATE

_STEPS: Final = {
    "stt": ("turn_ended", "final_transcript"),
    "agent": ("final_transcript", "intent_recognized"),
    "action": ("action_requested", "reply_text"),
    "llm_first_token": ("final_transcript", "reply_text"),
    "tts_first_chunk": ("reply_text", "reply_audible"),
    "tts_total": ("reply_text", "reply_made"),
    "end_to_end": ("turn_ended", "reply_audible"),
}
"""The events a stage lies between; of each kind the first of the turn counts."""

STAGES: Final = (
    "vad", "vad_lag", "stt", "agent", "action", "llm_first_token", "llm_total", "tts_first_chunk",
    "tts_total", "end_to_end",
)  # fmt: skip
"""vad: end of speech to end of turn, most of it silence that is waited for. vad_lag: sound that was
captured and not yet listened to when the turn ended. stt, agent: as named. action: waiting for the
home. llm: thinking of an answer that is no command, to its first words and to its last.
tts_first_chunk: reply text to its first sound. tts_total: to the last sound made. end_to_end: end
of speech to first sound of the answer; a filler is none.
"""


_FACTS: Final = (
    "stages", "confidence", "audio_seconds", "reply_seconds", "language", "speculations_discarded",
)  # fmt: skip


def turn_facts(turn: e.TurnMeasured) -> dict[str, Any]:
    """What is kept and told of a turn that is over; nothing of what was said."""
    return {name: getattr(turn, name) for name in _FACTS}


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """When the steps of one turn happened, in seconds of stage time, and what came of it."""

    turn_id: int = 0
    marks: dict[str, float] = field(default_factory=dict)
    """Stage time of the first event of each kind."""
    text_ended: float | None = None
    """Stage time at which the last of the reply's text was there."""
    ended: e.TurnEnded | None = None
    heard: e.FinalTranscript | None = None
    paused: tuple[int, ...] = ()
    """Where speech paused, in samples: what was said by then is understood in advance."""
    reply_seconds: float = 0.0
    """Heard of the reply."""

    def fold(self, event: e.Event, now: float) -> "TurnTimes":
        """Take one more event; an event of another turn begins anew."""
        if event.turn_id == 0:
            return self
        times = self if event.turn_id == self.turn_id else TurnTimes(event.turn_id)
        times = replace(times, marks={event.kind: now, **times.marks})
        match event:
            case e.SpeechEnded(stop_sample=stop):
                return replace(times, paused=(*times.paused, stop))
            case e.TurnEnded():
                return replace(times, ended=event)
            case e.FinalTranscript():
                return replace(times, heard=event)
            case e.ReplyText():
                return replace(times, text_ended=now)
            case e.PlaybackFinished(heard_seconds=seconds):
                return replace(times, reply_seconds=seconds)
        return times

    @property
    def answered(self) -> bool:
        """Whether it answered somebody: no announcement, and no talk between people."""
        return self.heard is not None and "not_addressed" not in self.marks

    def stages(self) -> dict[str, float]:
        """Milliseconds by stage, for the stages that this turn went through."""
        spans = {
            stage: self.marks[last] - self.marks[first]
            for stage, (first, last) in _STEPS.items()
            if first in self.marks and last in self.marks
        }
        spans |= self._answer_after_filler()
        if "intent_recognized" in self.marks:
            spans.pop("llm_first_token", None)
        if "llm_first_token" in spans and self.text_ended is not None:
            spans["llm_total"] = self.text_ended - self.marks["final_transcript"]
        spans |= self._endpointing(spans.get("end_to_end"))
        return {name: round(max(0.0, spans[name]) * 1000, 1) for name in STAGES if name in spans}

    def measured(self) -> e.TurnMeasured:
        """The turn as it is told."""
        ended, heard = self.ended, self.heard
        stop = 0 if ended is None else ended.speech_stop_sample
        start = 0 if ended is None else ended.start_sample
        return e.TurnMeasured(
            turn_id=self.turn_id, stages=self.stages(), reply_seconds=self.reply_seconds,
            audio_seconds=round((stop - start) / RATE, 3),
            confidence=None if heard is None else heard.confidence,
            language="" if heard is None else heard.language,
            speculations_discarded=sum(pause != stop for pause in self.paused) if ended else 0,
        )  # fmt: skip

    def _answer_after_filler(self) -> dict[str, float]:
        """Seconds until the answer sounds, where something else was heard before."""
        audible, begun = (self.marks.get(kind) for kind in ("reply_audible", "answer_begun"))
        if audible is None or begun is None or begun <= audible:
            return {}
        late = ("tts_first_chunk", "end_to_end")
        return {
            stage: begun - self.marks[_STEPS[stage][0]]
            for stage in late
            if _STEPS[stage][0] in self.marks
        }

    def _endpointing(self, after: float | None) -> dict[str, float]:
        """Seconds of the stages that begin with the end of speech; `after` that of the turn."""
        if self.ended is None:
            return {}
        ended = self.ended
        spans = {"vad": ended.at - ended.speech_stop_sample / RATE}
        if ended.decided_sample:
            spans["vad_lag"] = ended.at - ended.decided_sample / RATE
        if after is not None:
            spans["end_to_end"] = after + spans["vad"]
        return spans
