"""Home Assistant's Assist as the one who answers: always, or what is not understood here."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Protocol

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.conversation.base import (
    Done,
    Heeded,
    Item,
    ReplyAudio,
    ReplyPart,
    Utterance,
    stage,
)
from device.dialog.base import Answer
from device.types import Transcript

_QUESTION_MARKS = ("?", "？", "؟", ";")


class Assist(Protocol):
    """The way to a Home Assistant."""

    @property
    def connected(self) -> bool:
        """Whether it may be asked now."""
        ...

    def turn(self, samples: Samples) -> AsyncIterator[Transcript | str | AudioChunk]:
        """Let it answer a sentence: what it understood, its words, their sound as it comes.

        Raises AssistantError.
        """
        ...

    def played(self) -> None:
        """The answer was heard, or as much of it as anybody wanted."""
        ...


class AssistEngine:
    """Answers at the door, with Home Assistant's own voice; an `Engine` of `Door`."""

    takes_turns = False

    def __init__(self, assist: Assist) -> None:
        self._assist = assist

    @property
    def available(self) -> bool:
        """Whether Home Assistant is connected."""
        return self._assist.connected

    async def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """Its answer. Raises StageFailure."""
        assert utterance.samples is not None
        words = ""
        with stage("agent"):
            async with aclosing(_generator(self._assist.turn(utterance.samples))) as told:
                async for one in told:
                    match one:
                        case Transcript():
                            yield one
                            yield Heeded()
                        case AudioChunk():
                            yield ReplyAudio(one, words)
                        case _:
                            words = one
                            yield ReplyPart(one)
        yield Done(_asks(words))

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """Its answer is over."""
        self._assist.played()


class AssistFallback:
    """Is asked what nobody here understands; its words are said in the speaker's own voice."""

    def __init__(self, assist: Assist) -> None:
        self._assist = assist

    async def answer_sound(self, samples: Samples, language: str) -> Answer | None:
        """What Home Assistant says to a sentence; None when it says nothing.

        Raises AssistantError.
        """
        if not self._assist.connected:
            return None
        async with aclosing(_generator(self._assist.turn(samples))) as told:
            async for one in told:
                if isinstance(one, str):
                    self._assist.played()
                    return Answer(one, language, continue_listening=_asks(one))
        return None


def _asks(words: str) -> bool:
    """Whether an answer is a question; Home Assistant looks for the same marks."""
    return words.rstrip().endswith(_QUESTION_MARKS)


def _generator(told: AsyncIterator[Any]) -> Any:
    """It can be closed; the Protocol does not say so."""
    return told
