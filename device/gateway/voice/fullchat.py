"""One client of browser voice chat: its messages in, ours out. Pure."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from device import events as e
from device.audio.format import Samples
from device.errors import CommandInvalid
from device.gateway.voice.codec import Codec, Pcm
from device.gateway.voice.sentences import Begin, End, Piece, Sent, Sentences
from device.gateway.voice.voicechat import (
    OPUS_FORMAT,
    PCM_FORMAT,
    RATE,
    Command,
    Listen,
    Message,
    Request,
    Sound,
    Start,
    message,
    read_request,
    read_sound,
)

_SHOWN: Final = (
    e.StateChanged, e.SpeechStarted, e.SpeechEnded, e.TurnEnded, e.NoSpeech, e.NotAddressed,
    e.SpeechSuspected, e.SpeechRejected, e.Overlap, e.Interrupted, e.IntentRecognized,
    e.ActionRequested, e.ActionConfirmed, e.AnswerBegun, e.PlaybackStarted, e.PlaybackHeld,
    e.PlaybackResumed, e.PlaybackFinished, e.StageFailed, e.TurnMeasured,
)  # fmt: skip
"""Told to those who asked for events."""


class FullChat:
    """The dialect that PROTOCOLS.md gives a table of."""

    def __init__(self, session_id: str, open_opus: Callable[[], Codec]) -> None:
        """`open_opus` may raise EngineMissing."""
        self._session_id = session_id
        self._open_opus = open_opus
        self._start: Start | None = None
        self._stopped = False
        self._codec: Codec = Pcm()
        self._sentences = Sentences(RATE)
        self._told: dict[int, str] = {}
        """Of the present reply and one that is held, by turn."""

    def read(self, sent: Message) -> Request | Sound | None:
        """What a message means; None: nothing any more. Raises CommandInvalid."""
        if isinstance(sent, bytes):
            if not self._stopped:
                self._must_have_started()
            sound = read_sound(sent)
            return None if self._stopped else sound
        request = read_request(sent)
        if not isinstance(request, Start) and request not in (Command.STOP, Command.RESET):
            self._must_have_started()
        return request

    def hear(self, sound: Sound) -> Samples:
        """What the microphone over there heard, at `RATE` and of shape (n,).

        Raises CommandInvalid.
        """
        samples = self._codec.decode(sound.payload)
        return np.zeros_like(samples) if sound.muted else samples

    def answer(self, request: Request) -> list[Message]:
        """What is said to a request at once. Raises EngineMissing."""
        match request:
            case Start():
                return self._begin(request)
            case Command.STOP:
                cut = self.cut(0.0) if self._sentences.speaking else []
                self._start, self._stopped = None, True
                ack = self._message("stop_acknowledged", message="stopped", queues_cleared=True)
                return [*cut, ack, self._status("stopped")]
            case Command.INTERRUPT:
                return [self._message("interrupt_acknowledged")]
            case Command.RESET:
                return [self._message("reset_acknowledged")]
        return []

    def failed(self, code: str, words: str) -> list[Message]:
        """Something cannot be done."""
        return [self._message("error", message=words, code=code)]

    def home(self, part: dict[str, Any]) -> list[Message]:
        """Something in the home is another."""
        return [self._message("event", **part)] if self._start and self._start.events else []

    def take(self, event: e.Event) -> list[Message]:
        """What follows from something that happened."""
        told = self._messages(self._sentences.take(event))
        if self._start is None:
            return []
        told += self._words(event, self._start)
        if self._start.events and isinstance(event, _SHOWN):
            told.append(self._message("event", **event.as_dict()))
        return told

    def send(self, samples: Samples) -> list[Message]:
        """Sound that is played next, at `RATE` and of shape (n,)."""
        return self._messages(self._sentences.send(samples)) if self._start else []

    def rest(self) -> list[Message]:
        """Everything that there is was sent."""
        if self._start is None:
            return []
        return [*self._codec.flush(), *self._messages(self._sentences.rest())]

    def cut(self, unheard_seconds: float) -> list[Message]:
        """So much of what was sent must not be heard any more."""
        self._codec.clear()
        ended = self._messages(self._sentences.cut(unheard_seconds))
        return [self._message("tts_stop"), *ended] if self._start else []

    def _must_have_started(self) -> None:
        if self._start is None:
            raise CommandInvalid('send {"type":"start"} first')

    def _begin(self, start: Start) -> list[Message]:
        if self._start is None or self._start.opus is not start.opus:
            self._codec = self._open_opus() if start.opus else Pcm()
        self._start, self._stopped = start, False
        return [self._status("stopped")] if start.listen is Listen.ON_REQUEST else []

    def _words(self, event: e.Event, start: Start) -> list[Message]:
        match event:
            case e.PartialTranscript(text=text):
                return [self._message("partial_transcript", content=text)]
            case e.FinalTranscript(text=text):
                return [self._message("final_transcript", content=text)]
            case e.StateChanged(new=e.TurnState.LISTENING):
                return [self._status("listening")]
            case e.StateChanged(new=e.TurnState.IDLE) if start.listen is Listen.ON_REQUEST:
                return [self._status("stopped")]
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

    def _messages(self, pieces: list[Piece]) -> list[Message]:
        told: list[Message] = []
        for piece in pieces:
            match piece:
                case Begin(text=text, first=first):
                    form = OPUS_FORMAT if self._start and self._start.opus else PCM_FORMAT
                    told.append(self._message("tts_start", format=form, is_first=first, text=text))
                case Sent(samples=samples):
                    told += self._codec.encode(samples)
                case End():
                    told.append(self._message("tts_end"))
        return told

    def _status(self, status: str) -> str:
        return self._message("status", status=status)

    def _message(self, kind: str, **fields: Any) -> str:
        return message(self._session_id, kind, **fields)
