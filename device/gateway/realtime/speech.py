"""What a Realtime session's client says: sound that is appended, sentences that are found in it.

Pure. Where the house finds the end of a sentence, it hears along; where the client does, sound
waits here until it is committed.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from device import events as e
from device.audio.format import RATE, Samples
from device.audio.resample import resample
from device.gateway.realtime.acts import Act, Hear, Listen, Tell
from device.gateway.realtime.answers import Answers
from device.gateway.realtime.errors import Refused
from device.gateway.realtime.items import message
from device.gateway.realtime.sound import SPOKEN_RATE, Heard
from device.gateway.realtime.talk import Note, Talk, transcription_failed

Json = dict[str, Any]

_MOST_SECONDS: Final = 60
"""Of sound that waits to be committed."""
_MOST_BYTES: Final = 2 * _MOST_SECONDS * SPOKEN_RATE
_LEAST_MS: Final = 100
_ONSET_MS: Final = 300
"""So long somebody speaks before it is sure that somebody does."""


class Speech:
    """One sentence at a time."""

    def __init__(self, talk: Talk, answers: Answers) -> None:
        self._talk = talk
        self._answers = answers
        self._heard = Heard(talk.settings.heard_as)
        self._listens = False
        self._waiting = bytearray()
        self._appended = 0
        self._item = ""
        self.turn_id = 0
        """Of what was said last."""
        self._seconds = 0.0
        self._committed = ""

    def listen(self) -> Iterator[Act]:
        """Let the house listen all the time, where it finds the sentences; else not at all."""
        wanted = self._talk.settings.turns is not None
        if wanted is not self._listens:
            self._listens = wanted
            yield Listen(always=wanted)

    def append(self, audio: str) -> Iterator[Act]:
        """More of it, as base64. Raises Refused."""
        if self._heard.kind != self._talk.settings.heard_as:
            self._heard = Heard(self._talk.settings.heard_as)
        samples = self._heard.decode(audio)
        waits = self._talk.settings.turns is None
        if waits and len(self._waiting) + samples.nbytes > _MOST_BYTES:
            message = f"More than {_MOST_SECONDS} s wait; commit or clear them."
            raise Refused("input_audio_buffer_full", message, "audio")
        yield from self.hear(samples)

    def hear(self, samples: Samples) -> Iterator[Act]:
        """More of it, at SPOKEN_RATE; the oldest is lost where too much waits."""
        self._appended += len(samples)
        if self._talk.settings.turns is not None:
            yield from self.listen()
            yield Hear(samples)
            return
        self._waiting += samples.tobytes()
        del self._waiting[:-_MOST_BYTES]

    def clear(self) -> Iterator[Act]:
        """What waits was not said."""
        self._take()
        yield Tell({"type": "input_audio_buffer.cleared"})

    def commit(self) -> Iterator[Act]:
        """What waits is a sentence. Raises Refused."""
        ms = len(self._waiting) * 500 // SPOKEN_RATE
        if ms < _LEAST_MS:
            raise Refused(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: the buffer is too small. Expected at least "
                f"{_LEAST_MS} ms of audio, but buffer only has {ms} ms of audio.",
            )
        said, item_id = self._take(), self._talk.new_id("item")
        yield from self._commit(item_id)
        yield from self.note(item_id, said)

    def note(self, item_id: str, said: Samples) -> Iterator[Act]:
        """Find out what is said in sound at SPOKEN_RATE, which is this item."""
        seconds = len(said) / SPOKEN_RATE
        yield from self._answers.note(Note(item_id, resample(said, SPOKEN_RATE, RATE), seconds))

    def decode(self, audio: str, param: str) -> Samples:
        """Sound that is all there, at SPOKEN_RATE. Raises Refused."""
        heard = Heard(self._talk.settings.heard_as)
        return np.concatenate((heard.decode(audio, param), heard.rest()))

    def told(self, event: e.Event) -> Iterator[Act]:
        """Something happened in the house."""
        match event:
            case e.SpeechStarted() | e.PlaybackHeld():
                yield from self._begin(event.at)
            case e.TurnEnded(turn_id=turn_id):
                self.turn_id = turn_id
                self._seconds = (event.stop_sample - event.start_sample) / RATE
                yield from self._stop(event.stop_sample / RATE)
            case e.NoSpeech() | e.PlaybackResumed():
                yield from self._stop(event.at)
                self._item = ""
            case e.FinalTranscript(turn_id=turn_id, text=text):
                yield from self._understood(turn_id, text)
            case e.Understood(turn_id=turn_id) if self._is_ours(turn_id):
                yield from self._settle()
                if self._talk.settings.answers_at_once:
                    yield from self._answers.answer(turn_id, self._seconds)
            case e.NotAddressed(turn_id=turn_id) if self._is_ours(turn_id):
                yield from self._settle()
            case e.StageFailed(turn_id=turn_id, code=code, message=words):
                if self._is_ours(turn_id) and self._item:
                    yield from self._settle()
                    yield Tell(transcription_failed(self._committed, code, words))

    def _is_ours(self, turn_id: int) -> bool:
        return bool(self.turn_id) and turn_id == self.turn_id

    def _begin(self, at: float) -> Iterator[Act]:
        if self._item:
            return
        self._item = self._talk.new_id("item")
        began = max(0, self._ms(at) - _ONSET_MS)
        yield Tell({
            "type": "input_audio_buffer.speech_started", "audio_start_ms": began,
            "item_id": self._item,
        })  # fmt: skip

    def _stop(self, at: float) -> Iterator[Act]:
        if self._item:
            yield Tell({
                "type": "input_audio_buffer.speech_stopped", "audio_end_ms": self._ms(at),
                "item_id": self._item,
            })  # fmt: skip

    def _ms(self, at: float) -> int:
        """Of sound that was appended; where nothing came the house heard silence."""
        return min(round(at * 1000), self._appended * 1000 // SPOKEN_RATE)

    def _settle(self) -> Iterator[Act]:
        """What was said is part of the conversation: nothing more is added to it."""
        if self._item:
            item_id, self._item = self._item, ""
            yield from self._commit(item_id)

    def _commit(self, item_id: str) -> Iterator[Act]:
        self._committed = item_id
        item = message(item_id, "user", {"type": "input_audio", "transcript": None})
        before = self._talk.items.add(item)
        yield Tell({
            "type": "input_audio_buffer.committed", "previous_item_id": before,
            "item_id": item_id,
        })  # fmt: skip
        for kind in ("added", "done"):
            yield Tell({
                "type": f"conversation.item.{kind}", "previous_item_id": before, "item": item,
            })  # fmt: skip

    def _understood(self, turn_id: int, text: str) -> Iterator[Act]:
        note = self._answers.transcript_of(turn_id)
        if note is not None:
            yield from self._transcribed(note.item_id, text, note.seconds)
        elif self._is_ours(turn_id):
            yield from self._settle()
            yield from self._transcribed(self._committed, text, self._seconds)

    def _transcribed(self, item_id: str, text: str, seconds: float) -> Iterator[Act]:
        self._talk.items.say(item_id, text)
        if self._talk.settings.transcription is None:
            return
        about = {"item_id": item_id, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        if text:
            yield Tell({"type": f"{kind}.delta", **about, "delta": text})
        usage = {"type": "duration", "seconds": round(seconds, 3)}
        yield Tell({"type": f"{kind}.completed", **about, "transcript": text, "usage": usage})

    def _take(self) -> Samples:
        waiting, self._waiting = self._waiting, bytearray()
        return np.concatenate((np.frombuffer(waiting, np.int16), self._heard.rest()))
