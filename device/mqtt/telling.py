"""What is told on ~/event of what happens. Pure.

event_type             fields
wake                   wake_word, score
false_wake             by: voice | button | mqtt
barge_in               by: wake_word | speech | button | mqtt | api
overlap                kind: interruption | backchannel
intent                 name, slots
transcript             text, language; only with [mqtt] hermes = true
timer_started          id, name, total_seconds
timer_updated          id, name, is_active, total_seconds
timer_cancelled        id, name
timer_finished         id, name: it rings
ringing_ended          id, snoozed
answer                 question_id, answer_id, text, slots
announcement_dropped   text, reason: expired | repeated | full
budget_missed          stages: {stage: {ms, budget_ms}}
degraded               part, code: a part of the speaker fails; or level, reason, given_up: it
                       does without something, or with level 0 has everything again
error                  stage, code
"""

from typing import Any, Final

from device import events as e
from device.mqtt.topics import event_payload

EVENT_TYPES: Final = (
    "wake", "false_wake", "barge_in", "overlap", "intent", "transcript", "timer_started",
    "timer_updated", "timer_cancelled", "timer_finished", "ringing_ended", "answer",
    "announcement_dropped", "budget_missed", "degraded", "error",
)  # fmt: skip
"""Every event_type there is."""

GESTURES: Final = ("single_press", "double_press", "triple_press", "long_press")
"""Every event_type on ~/button."""


def told(event: e.Event, transcripts: bool) -> str | None:
    """The payload for ~/event; None when nothing is told of this event."""
    found = _words(event, transcripts)
    return None if found is None else event_payload(found[0], **found[1])


def _words(event: e.Event, transcripts: bool) -> tuple[str, dict[str, Any]] | None:
    match event:
        case e.WakeWordDetected(word=word, score=score):
            return "wake", {"wake_word": word, "score": round(score, 3)}
        case e.FalseWakeReported(by=by):
            return "false_wake", {"by": by}
        case e.Interrupted(by=by):
            return "barge_in", {"by": by}
        case e.Overlap(manner=kind):
            return "overlap", {"kind": kind}
        case e.IntentRecognized(name=name, slots=slots):
            return "intent", {"name": name, "slots": slots}
        case e.FinalTranscript(text=text, language=language) if transcripts:
            return "transcript", {"text": text, "language": language}
        case e.QuestionAnswered(question_id=asked, answer_id=answer, text=text, slots=slots):
            said = {"question_id": asked, "answer_id": answer, "text": text, "slots": slots}
            return "answer", said
        case e.AnnouncementDropped(text=text, reason=reason):
            return "announcement_dropped", {"text": text, "reason": reason}
        case e.StageFailed(stage=stage, code=code):
            return "error", {"stage": stage, "code": code}
        case e.HealthChanged(part=part, healthy=False, code=code) if part != "broker":
            return "degraded", {"part": part, "code": code}
        case e.DegradationChanged(level=level, reason=reason, given_up=given_up):
            return "degraded", {"level": level, "reason": reason, "given_up": list(given_up)}
        case e.BudgetMissed(stages=stages, budgets=budgets):
            late = {name: {"ms": ms, "budget_ms": budgets.get(name)} for name, ms in stages.items()}
            return "budget_missed", {"stages": late}
    return _timer_words(event)


def _timer_words(event: e.Event) -> tuple[str, dict[str, Any]] | None:
    match event:
        case e.TimerStarted(id=id, name=name, total_seconds=seconds):
            return "timer_started", {"id": id, "name": name, "total_seconds": seconds}
        case e.TimerUpdated(id=id, name=name, is_active=active, total_seconds=seconds):
            fields = {"id": id, "name": name, "is_active": active, "total_seconds": seconds}
            return "timer_updated", fields
        case e.TimerCancelled(id=id, name=name):
            return "timer_cancelled", {"id": id, "name": name}
        case e.TimerFinished(id=id, name=name):
            return "timer_finished", {"id": id, "name": name}
        case e.RingingEnded(timer_id=id, snoozed=snoozed):
            return "ringing_ended", {"id": id, "snoozed": snoozed}
    return None
