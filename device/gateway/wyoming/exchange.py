"""What a Wyoming server tells a satellite, sorted: the answer to our sentence, or an announcement.

The server names no turn, and sends what it has begun to say even when nobody wants it any more: its
sound is an answer only when it comes after the transcript of our sentence, and what was left of an
earlier answer is let pass.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk
from device.gateway.wyoming.frames import Frame
from device.gateway.wyoming.sound import format_of, sound_of
from device.types import Transcript

MOST_SOUND_SECONDS: Final = 120.0
"""Of one answer or announcement; what is longer is cut there."""
MOST_PIECES: Final = 20_000
"""That it may come in; Home Assistant sends a twentieth of a second in each."""
_LONGEST_TEXT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Over:
    """The answer to our sentence is complete, or there is none."""

    reason: str = ""
    """Why there is none; empty: it is complete."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Something is to be played that nobody asked for."""

    sound: AudioChunk


Told = Transcript | str | AudioChunk | Over | Announced
"""What was understood, the words of the answer, its sound as it comes, its end; or the other."""


class _Turn(Enum):
    NONE = auto()
    ASKED = auto()
    """Our sentence is being understood."""
    UNDERSTOOD = auto()


class _Sound(Enum):
    NONE = auto()
    ANSWER = auto()
    LEFT_OVER = auto()
    """Of an answer that nobody wants any more."""
    ANNOUNCEMENT = auto()


class Exchange:
    """One server's side of the conversation."""

    def __init__(self) -> None:
        self._turn = _Turn.NONE
        self._sound = _Sound.NONE
        self._language = "en"
        self._owed = False
        """An answer that nobody wants may still begin to be heard."""
        self._announced: list[AudioChunk] = []
        self._seconds = 0.0
        self._pieces = 0

    def begin(self) -> None:
        """Our sentence is sent."""
        self.leave()
        self._turn = _Turn.ASKED

    def leave(self) -> None:
        """Nobody wants the rest of the answer; idempotent."""
        if self._sound is _Sound.ANSWER:
            self._sound = _Sound.LEFT_OVER
        elif self._turn is _Turn.UNDERSTOOD:
            self._owed = True
        self._turn = _Turn.NONE

    def take(self, frame: Frame) -> Told | None:
        """What a frame means; None: nothing. Raises BadFrame."""
        match frame.type:
            case "audio-start":
                format_of(frame)
                self._begin_sound()
            case "audio-chunk":
                return self._hear(sound_of(frame))
            case "audio-stop":
                return self._end_sound()
            case _ if self._turn is not _Turn.NONE:
                return self._answer(frame)
        return None

    def _answer(self, frame: Frame) -> Told | None:
        match frame.type:
            case "transcribe":
                self._language = frame.text("language")[:16] or self._language
            case "transcript":
                self._turn = _Turn.UNDERSTOOD
                # Whatever was under way for an earlier sentence was called off for this one.
                self._owed = False
                text = frame.text("text")[:_LONGEST_TEXT]
                return Transcript(text, self._language, engine="home-assistant")
            case "synthesize":
                return frame.text("text")[:_LONGEST_TEXT] or None
            case "error":
                self._turn = _Turn.NONE
                return Over(frame.text("text")[:_LONGEST_TEXT] or "it failed and does not say why")
        return None

    def _begin_sound(self) -> None:
        self._seconds, self._pieces, self._announced = 0.0, 0, []
        if self._owed:
            self._owed, self._sound = False, _Sound.LEFT_OVER
        elif self._turn is _Turn.NONE:
            self._sound = _Sound.ANNOUNCEMENT
        else:
            self._sound = _Sound.ANSWER if self._turn is _Turn.UNDERSTOOD else _Sound.LEFT_OVER

    def _hear(self, sound: AudioChunk) -> AudioChunk | None:
        too_much = self._seconds + sound.seconds > MOST_SOUND_SECONDS
        if not sound.samples or too_much or self._pieces == MOST_PIECES:
            return None
        self._seconds += sound.seconds
        self._pieces += 1
        if self._sound is _Sound.ANNOUNCEMENT:
            self._announced.append(sound)
        return sound if self._sound is _Sound.ANSWER else None

    def _end_sound(self) -> Over | Announced | None:
        ended, self._sound = self._sound, _Sound.NONE
        if ended is _Sound.ANSWER:
            self._turn = _Turn.NONE
            return Over()
        if ended is not _Sound.ANNOUNCEMENT or not self._announced:
            return None
        announced, self._announced = self._announced, []
        rate = announced[0].format.rate
        same = [chunk.pcm() for chunk in announced if chunk.format.rate == rate]
        return Announced(AudioChunk.from_samples(np.concatenate(same), rate))
