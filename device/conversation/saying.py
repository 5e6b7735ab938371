"""From a text, whole or still arriving, to sound: piece by piece, and the first one early."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final

from device.conversation.base import ReplyAudio, ReplyPart, stage
from device.dialog.base import TextStream
from device.dialog.sentences import SentenceSplitter
from device.dialog.speakable import speakable
from device.errors import AssistantError
from device.pipeline.base import TextToSpeech, Voices
from device.pipeline.tts.ahead import Line, Spoken, speak_ahead

_LOGGER = logging.getLogger(__name__)
_FIRST_WORDS: Final = 7
"""After so many words of an answer that is still being thought of its voice begins."""


class Saying:
    """Every voice of the speaker, and the one that is meant where none is named."""

    def __init__(self, voices: Voices, language: str, explain: Callable[[str, str], str]) -> None:
        """`explain` gives words for the code of an error, in a language."""
        self._voices = voices
        self._language = language
        self._voice = ""
        self._explain = explain

    def speak_in(self, language: str, voice: str) -> None:
        """From now on this voice speaks this language where no other is asked for."""
        self._language, self._voice = language, voice

    def tell(
        self, text: str | TextStream, language: str, voice: str = "", *, spoken: bool = True
    ) -> AsyncGenerator[ReplyPart | ReplyAudio, None]:
        """The words of a reply and, where it is to be spoken, their sound. Raises StageFailure.

        Of a text that still arrives: each piece as soon as it is there, then its sound; at the
        end the whole text. When the rest of it does not come, that is said.
        """
        if isinstance(text, str):
            return self._complete(text, language, voice, spoken)
        return self._arriving(text, language, voice, spoken)

    async def _complete(
        self, text: str, language: str, voice: str, spoken: bool
    ) -> AsyncGenerator[ReplyPart | ReplyAudio, None]:
        yield ReplyPart(text)
        if spoken:
            async with aclosing(self.whole(text, language, voice)) as sound:
                async for audio in sound:
                    yield audio

    async def whole(
        self, text: str, language: str, voice: str = ""
    ) -> AsyncGenerator[ReplyAudio, None]:
        """The sound of a text that is all there. Raises StageFailure."""
        with stage("tts"):
            tts = await self._find(language, voice)
            async with aclosing(say_whole(tts, text, language)) as sound:
                async for audio in sound:
                    yield audio

    async def _arriving(
        self, texts: TextStream, language: str, voice: str, spoken: bool
    ) -> AsyncGenerator[ReplyPart | ReplyAudio, None]:
        said: list[str] = []
        at = 0
        async with aclosing(texts), aclosing(self._to_the_end(texts, language, said)) as complete:
            if spoken:
                with stage("tts"):
                    tts = await self._find(language, voice)
                    async with aclosing(say_arriving(tts, complete, language)) as parts:
                        async for part in parts:
                            if isinstance(part, ReplyPart):
                                part, at = _unstripped(part, "".join(said), at)
                            yield part
            async for _ in complete:
                pass
        yield ReplyPart("".join(said).strip())

    async def _find(self, language: str, voice: str) -> TextToSpeech:
        usual = self._voice if language == self._language else ""
        return await self._voices.find(language, voice or usual)

    async def _to_the_end(
        self, texts: TextStream, language: str, said: list[str]
    ) -> AsyncGenerator[str, None]:
        """The text, and why it ends where it is cut off; all of it comes into `said` too."""
        try:
            async for delta in texts:
                said.append(delta)
                yield delta
        except AssistantError as error:
            _LOGGER.warning("%s [%s]", error, error.code)
            said.append("\n" + self._explain(error.code, language))
            yield said[-1]


def _unstripped(piece: ReplyPart, text: str, at: int) -> tuple[ReplyPart, int]:
    """The piece with what stands before it in the text from `at` on, and where it ends there."""
    end = text.index(piece.text, at) + len(piece.text)
    return ReplyPart(text[at:end], is_final=False), end


async def say_whole(
    tts: TextToSpeech, text: str, language: str, *, first_clause: bool = True
) -> AsyncGenerator[ReplyAudio, None]:
    """The sound of a text that is all there. Raises EngineError."""
    splitter = SentenceSplitter(language, first_clause)
    async with aclosing(speak_ahead(tts, _lines(_one(text), splitter, language))) as parts:
        async for part in parts:
            if isinstance(part, Spoken):
                yield ReplyAudio(part.chunk, part.text)


async def say_arriving(
    tts: TextToSpeech, texts: AsyncIterator[str], language: str
) -> AsyncGenerator[ReplyPart | ReplyAudio, None]:
    """Each piece of a text as soon as it is there, and then its sound. Raises EngineError."""
    splitter = SentenceSplitter(language, first_words=_FIRST_WORDS)
    async with aclosing(speak_ahead(tts, _lines(texts, splitter, language))) as parts:
        async for part in parts:
            match part:
                case Line(text=text):
                    yield ReplyPart(text, is_final=False)
                case Spoken(chunk=chunk, text=text):
                    yield ReplyAudio(chunk, text)


async def _lines(
    texts: AsyncIterator[str], splitter: SentenceSplitter, language: str
) -> AsyncIterator[Line]:
    stream: Any = texts
    async with aclosing(stream):
        async for delta in stream:
            for piece in splitter.feed(delta):
                yield Line(piece, speakable(piece, language))
    for piece in splitter.flush():
        yield Line(piece, speakable(piece, language))


async def _one(text: str) -> AsyncIterator[str]:
    yield text
