"""What a LiveKit room is told in text, in the form of LiveKit's own agents. Pure.

Text streams "lk.transcription", with the attributes lk.segment_id, lk.transcribed_track_id and
lk.transcription_final, and the participant's attribute lk.agent.state (docs.livekit.io, "Text and
transcriptions").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from device import events as e

CHAT: Final = "lk.chat"
"""Topic of what people type."""
TRANSCRIPTION: Final = "lk.transcription"
"""Topic of what was said, by whomever."""
_STATES: Final = {
    e.TurnState.IDLE: "listening", e.TurnState.LISTENING: "listening",
    e.TurnState.PROCESSING: "thinking", e.TurnState.RESPONDING: "speaking",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """Send this on TRANSCRIPTION."""

    text: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """Show what we do."""

    attributes: Mapping[str, str]


@dataclass(slots=True)
class Captions:
    """Of one conversation."""

    heard: str
    """Id of the track that is listened to."""
    spoken: str
    """Id of our own."""
    _sentences: int = field(default=0)

    def told(self, event: e.Event) -> Words | State | None:
        """What of it the room is told."""
        match event:
            case e.PartialTranscript(text=text, turn_id=turn):
                return self._words(text, self.heard, f"heard-{turn}", final=False)
            case e.FinalTranscript(text=text, turn_id=turn):
                return self._words(text, self.heard, f"heard-{turn}", final=True)
            case e.SentenceBegan(text=text, turn_id=turn):
                self._sentences += 1
                return self._words(text, self.spoken, f"said-{turn}-{self._sentences}", final=True)
            case e.StateChanged(old=old, new=new) if _STATES[old] != _STATES[new]:
                return State({"lk.agent.state": _STATES[new]})
            case _:
                return None

    def _words(self, text: str, track: str, segment: str, *, final: bool) -> Words:
        return Words(text, {
            "lk.segment_id": segment, "lk.transcribed_track_id": track,
            "lk.transcription_final": "true" if final else "false",
        })  # fmt: skip
