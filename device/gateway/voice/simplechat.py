"""The simple dialect of voice chat (PROTOCOLS.md section 1, requirement G2). Pure.

WebSocket `/` on [gateway] simple_port, and on the gateway's own port. Hands-free from the start.

Client to server:

    binary                       16-bit little-endian PCM, 16 kHz, mono; 4,096 samples a message
    {"type": "config", "config": {...}}   sample_rate: refused unless it is 16000; other keys are
                                 left to the client
    {"type": "end_of_speech"}    that was the sentence: nobody waits for silence

Server to client:

    {"type": "transcription", "text"}     what was understood
    {"type": "response_start", "text"}    the reply, as far as it is known when its sound begins
    binary                       a WAV file with the next part of the reply, 24 kHz, mono
    {"type": "response_end"}     all of it was sent, or it was cut
    {"type": "error", "message"}
"""

import json
from dataclasses import replace
from typing import Any, Final

import numpy as np

from device import events as e
from device.audio.format import Samples
from device.audio.wav import wav
from device.errors import CommandInvalid
from device.gateway.voice.codec import Pcm
from device.gateway.voice.sentences import Begin, Piece, Sent, Sentences
from device.gateway.voice.voicechat import Command, Message, Request, Sound, check_rate, read_json

HEARD_RATE: Final = 16_000
"""Hz of what the client sends."""
SPOKEN_RATE: Final = 24_000
"""Hz of what it gets."""
CHUNK_SAMPLES: Final = 4_096
"""What a client sends in a message; others are taken as well."""
WAV_SECONDS: Final = 0.4
"""Sound in one WAV file; the last one of a reply is shorter."""

_MOST_BYTES: Final = 2 * HEARD_RATE


class SimpleChat:
    """One client: its messages in, ours out."""

    def __init__(self) -> None:
        self._codec = Pcm()
        self._sentences = Sentences(SPOKEN_RATE)
        self._reply = e.ReplyText(text="")
        self._sound: list[Samples] = []
        self._responding = False

    def read(self, sent: Message) -> Command | Sound | None:
        """What a message means; None: nothing is to be done. Raises CommandInvalid."""
        if isinstance(sent, bytes):
            if not 0 < len(sent) <= _MOST_BYTES:
                raise CommandInvalid("a binary message has sound, and at most one second of it")
            return Sound(sent)
        fields = read_json(sent)
        match fields.get("type"), fields.get("config"):
            case "end_of_speech", _:
                return Command.END_OF_SPEECH
            case "config", dict() as config:
                check_rate(config, HEARD_RATE)
                return None
        raise CommandInvalid("send sound, or a type that is config or end_of_speech")

    def hear(self, sound: Sound) -> Samples:
        """What the microphone over there heard, at `HEARD_RATE` and of shape (n,).

        Raises CommandInvalid.
        """
        return self._codec.decode(sound.payload)

    def answer(self, request: Request) -> list[Message]:
        """Nothing: this dialect acknowledges nothing."""
        return []

    def home(self, part: dict[str, Any]) -> list[Message]:
        """Nothing: this dialect has no words for it."""
        return []

    def take(self, event: e.Event) -> list[Message]:
        """What follows from something that happened."""
        self._sentences.take(event)
        match event:
            case e.FinalTranscript(text=text):
                return [_message("transcription", text=text)]
            case e.ReplyText(is_final=is_final, turn_id=turn_id):
                known = "" if is_final or turn_id != self._reply.turn_id else self._reply.text
                self._reply = replace(event, text=known + event.text)
            case e.PlaybackFinished():
                return self._end()
            case e.StageFailed(code=code, message=words):
                return self.failed(code, words)
        return []

    def send(self, samples: Samples) -> list[Message]:
        """Sound that is played next, at `SPOKEN_RATE` and of shape (n,)."""
        told: list[Message] = []
        for piece in self._sentences.send(samples):
            told += self._piece(piece)
        return told

    def rest(self) -> list[Message]:
        """Everything that there is was sent."""
        return self._wav()

    def cut(self, unheard_seconds: float) -> list[Message]:
        """So much of what was sent must not be heard any more."""
        self._sentences.cut(unheard_seconds)
        self._sound.clear()
        return self._end()

    def failed(self, code: str, words: str) -> list[Message]:
        """Something cannot be done."""
        return [_message("error", message=words, code=code)]

    def _piece(self, piece: Piece) -> list[Message]:
        match piece:
            case Begin(text=text) if not self._responding:
                self._responding = True
                return [_message("response_start", text=self._reply.text or text)]
            case Sent(samples=samples):
                self._sound.append(samples)
                if sum(map(len, self._sound)) >= WAV_SECONDS * SPOKEN_RATE:
                    return self._wav()
        return []

    def _wav(self) -> list[Message]:
        sound, self._sound = self._sound, []
        return [wav(np.concatenate(sound), SPOKEN_RATE)] if sound else []

    def _end(self) -> list[Message]:
        told = self._wav()
        if self._responding:
            told.append(_message("response_end"))
            self._responding, self._reply = False, e.ReplyText(text="")
        return told


def _message(kind: str, **fields: str) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)
