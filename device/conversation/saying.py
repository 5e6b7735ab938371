"""From a text, whole or still arriving, to sound: piece by piece, and the first one early."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Final

from device.conversation.base import ReplyAudio, ReplyPart
from device.dialog.sentences import SentenceSplitter
from device.dialog.speakable import speakable
from device.pipeline.base import TextToSpeech
from device.pipeline.tts.ahead import Line, Spoken, speak_ahead

_FIRST_WORDS: Final = 7
"""After so many words of an answer that is still being thought of its voice begins."""


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
    """Each piece of a text as soon as it is there, and then its sound.

    Closing the iterator closes `texts`. Raises EngineError and what `texts` raises.
    """
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
