"""What a client of browser voice chat is told of its conversation. Pure: events and sound in,
messages out."""

from typing import Any, Final, Protocol

from device import events as e
from device.audio.format import Samples
from device.gateway.sentences import Begin, End, Piece, Sent, Sentences
from device.gateway.voicechat import OPUS_FORMAT, PCM_FORMAT, RATE, Listen, Start, message

_SHOWN: Final = (
    e.StateChanged, e.SpeechStarted, e.SpeechEnded, e.TurnEnded, e.NoSpeech, e.NotAddressed,
    e.SpeechSuspected, e.SpeechRejected, e.Overlap, e.Interrupted, e.IntentRecognized,
    e.ActionRequested, e.ActionConfirmed, e.AnswerBegun, e.PlaybackStarted, e.PlaybackHeld,
    e.PlaybackResumed, e.PlaybackFinished, e.StageFailed, e.TurnMeasured,
)  # fmt: skip
"""Told to those who asked for events."""


class Encoder(Protocol):
    """Turns sound into packets; `device.audio.opus.OpusEncoder` is one."""

    def feed(self, samples: Samples) -> list[bytes]:
        """Take samples at `RATE` and give the packets that are complete."""
        ...

    def flush(self) -> list[bytes]:
        """The packet that is not complete."""
        ...

    def clear(self) -> None:
        """Forget what is not complete."""
        ...


class Pcm:
    """Sound as it is."""

    def feed(self, samples: Samples) -> list[bytes]:
        """All of it at once."""
        return [samples.astype("<i2").tobytes()]

    def flush(self) -> list[bytes]:
        """Nothing is kept back."""
        return []

    def clear(self) -> None:
        """Nothing is kept back."""


class Telling:
    """One client's."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._start = Start()
        self._encoder: Encoder = Pcm()
        self._sentences = Sentences(RATE)
        self._told: dict[int, str] = {}
        """Of the present reply and one that is held, by turn."""

    def begin(self, start: Start, encoder: Encoder) -> list[str]:
        """From now on as the client wants it."""
        self._start, self._encoder = start, encoder
        return self._status("stopped") if start.listen is Listen.ON_REQUEST else []

    def stopped(self) -> list[str]:
        """Everything was dropped."""
        told = self._message("stop_acknowledged", message="stopped", queues_cleared=True)
        return [told, *self._status("stopped")]

    def interrupted(self) -> list[str]:
        """The client asked for it."""
        return [self._message("interrupt_acknowledged")]

    def forgotten(self) -> list[str]:
        """The client asked for it."""
        return [self._message("reset_acknowledged")]

    def failed(self, code: str, words: str) -> list[str]:
        """Something cannot be done."""
        return [self._message("error", message=words, code=code)]

    def home(self, part: dict[str, Any]) -> list[str]:
        """Something in the home is another."""
        return [self._message("event", **part)] if self._start.events else []

    def take(self, event: e.Event) -> list[str | bytes]:
        """What follows from something that happened."""
        told: list[str | bytes] = [*self._messages(self._sentences.take(event))]
        told += self._words(event)
        if self._start.events and isinstance(event, _SHOWN):
            told.append(self._message("event", **event.as_dict()))
        return told

    def send(self, samples: Samples) -> list[str | bytes]:
        """Sound that is played next, at `RATE` and of shape (n,)."""
        return self._messages(self._sentences.send(samples))

    def rest(self) -> list[str | bytes]:
        """Everything that there is was sent."""
        return [*self._encoder.flush(), *self._messages(self._sentences.rest())]

    def cut(self, unheard_seconds: float) -> list[str | bytes]:
        """So much of what was sent must not be heard any more."""
        self._encoder.clear()
        ended = self._messages(self._sentences.cut(unheard_seconds))
        return [self._message("tts_stop"), *ended]

    def _words(self, event: e.Event) -> list[str]:
        match event:
            case e.PartialTranscript(text=text):
                return [self._message("partial_transcript", content=text)]
            case e.FinalTranscript(text=text):
                return [self._message("final_transcript", content=text)]
            case e.StateChanged(new=e.TurnState.LISTENING):
                return self._status("listening")
            case e.StateChanged(new=e.TurnState.IDLE):
                return self._status("stopped") if self._start.listen is Listen.ON_REQUEST else []
            case e.StateChanged(new=e.TurnState.PROCESSING):
                return [self._message("llm_status", status="processing")]
            case e.ReplyText():
                return [self._delta(event)]
            case e.StageFailed(code=code, message=words):
                return self.failed(code, words)
        return []

    def _delta(self, said: e.ReplyText) -> str:
        """The event gives the whole text at the end, whether or not pieces of it were given."""
        told = self._told.pop(said.turn_id, "")
        if not said.is_final:
            self._told = {**dict([*self._told.items()][-1:]), said.turn_id: told + said.text}
            return self._message("llm_response", content=said.text, is_complete=False)
        rest = said.text.removeprefix(told.strip()) if said.text.startswith(told.strip()) else ""
        return self._message("llm_response", content=rest, is_complete=True)

    def _messages(self, pieces: list[Piece]) -> list[str | bytes]:
        told: list[str | bytes] = []
        for piece in pieces:
            match piece:
                case Begin(text=text, first=first):
                    form = OPUS_FORMAT if self._start.opus else PCM_FORMAT
                    told.append(self._message("tts_start", format=form, is_first=first, text=text))
                case Sent(samples=samples):
                    told += self._encoder.feed(samples)
                case End():
                    told.append(self._message("tts_end"))
        return told

    def _status(self, status: str) -> list[str]:
        return [self._message("status", status=status)]

    def _message(self, kind: str, **fields: Any) -> str:
        return message(self._session_id, kind, **fields)
