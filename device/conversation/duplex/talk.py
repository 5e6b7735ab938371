"""What of a model's endless sound is a reply. Pure: time is counted in its sound.

A reply begins where it is heard and is over when it has been silent for a while; a pause of it is
part of it. The model decides by itself when to speak and when to stop.
"""

from dataclasses import dataclass
from typing import Final

from device.audio.level import dbfs
from device.conversation.base import ReplyAudio, ReplyPart
from device.conversation.duplex.base import ModelAudio, ModelText, Output
from device.conversation.duplex.pieces import Pieces

_AUDIBLE_DBFS: Final = -45.0
_OVER_SECONDS: Final = 0.8


@dataclass(frozen=True, slots=True)
class Begun:
    """The model begins to speak."""


@dataclass(frozen=True, slots=True)
class Over:
    """It has fallen silent."""


Step = Begun | ReplyPart | ReplyAudio | Over


class Talk:
    """Follows one model."""

    def __init__(self) -> None:
        self.speaking = False
        """Whether it is heard, or pauses."""
        self._unwanted = False
        self._quiet_seconds = 0.0
        self._unheard_seconds = 0.0
        self._pieces = Pieces()
        self._words: list[str] = []

    def take(self, output: Output) -> list[Step]:
        """What the next output means."""
        match output:
            case ModelText(text=text):
                return self._read(self._pieces.feed(text))
            case ModelAudio():
                return self._hear(output)

    def drop(self) -> None:
        """What it says now is not wanted any more: it is not heard until it falls silent."""
        self._unwanted = self.speaking
        self._begin_anew()

    def _read(self, words: str) -> list[Step]:
        if not words:
            return []
        self._words.append(words)
        return [ReplyPart(words, is_final=False)] if self.speaking else []

    def _hear(self, output: ModelAudio) -> list[Step]:
        audible = dbfs(output.chunk.pcm()) > _AUDIBLE_DBFS
        self._quiet_seconds = 0.0 if audible else self._quiet_seconds + output.chunk.seconds
        if self._unwanted:
            self._unwanted = self._quiet_seconds < _OVER_SECONDS
            self._begin_anew()
            return []
        if not audible and not self.speaking:
            self._wait(output.chunk.seconds)
            return []
        steps: list[Step] = []
        if not self.speaking:
            # The words may have come a little before their sound.
            self.speaking = True
            steps = [Begun(), *(ReplyPart(words, is_final=False) for words in self._words)]
        if not audible:
            steps += self._read(self._pieces.flush())  # no word has a pause in it
        steps.append(ReplyAudio(output.chunk, " ".join(self._words)))
        self._words.clear()
        if self._quiet_seconds >= _OVER_SECONDS:
            steps += self._end()
        return steps

    def _wait(self, seconds: float) -> None:
        """Words that nothing is heard of belong to no reply."""
        self._unheard_seconds = self._unheard_seconds + seconds if self._words else 0.0
        if self._unheard_seconds >= _OVER_SECONDS:
            self._begin_anew()

    def _end(self) -> list[Step]:
        said = self._pieces.said
        steps: list[Step] = [ReplyPart(said), Over()] if said else [Over()]
        self._begin_anew()
        return steps

    def _begin_anew(self) -> None:
        self.speaking = False
        self._pieces = Pieces()
        self._words.clear()
