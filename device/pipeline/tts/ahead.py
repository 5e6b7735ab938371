"""The next sentence is made while one plays."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from enum import Enum
from typing import Any

from device.audio.chunk import AudioChunk
from device.pipeline.base import TextToSpeech
from device.tasks import end


class _Mark(Enum):
    SENTENCE_ENDS = "sentence ends"
    FINISHED = "finished"


_Made = asyncio.Queue[AudioChunk | _Mark]


async def speak_ahead(
    tts: TextToSpeech, sentences: AsyncIterator[str], ahead: int = 1
) -> AsyncGenerator[AudioChunk, None]:
    """Audio of the sentences in order, made at most `ahead` sentences beyond the one being taken.

    A sentence that fails raises EngineError after everything before it was given. Closing the
    iterator early stops the work and leaves no task behind.
    """
    made: _Made = asyncio.Queue()
    places = asyncio.Semaphore(1 + ahead)
    maker = asyncio.create_task(_make(tts, sentences, made, places), name="speak-ahead")
    try:
        while (item := await made.get()) is not _Mark.FINISHED:
            if item is _Mark.SENTENCE_ENDS:
                places.release()
            else:
                yield item
        await maker
    finally:
        await end(maker)
        if not maker.cancelled():
            maker.exception()


async def _make(
    tts: TextToSpeech, sentences: AsyncIterator[str], made: _Made, places: asyncio.Semaphore
) -> None:
    async with AsyncExitStack() as stack:
        stack.callback(made.put_nowait, _Mark.FINISHED)
        _close_later(stack, sentences)
        async for sentence in sentences:
            await places.acquire()
            await _make_one(tts, sentence, made)
            made.put_nowait(_Mark.SENTENCE_ENDS)


async def _make_one(tts: TextToSpeech, sentence: str, made: _Made) -> None:
    async with AsyncExitStack() as stack:
        audio = tts.synthesize(sentence)
        _close_later(stack, audio)
        async for chunk in audio:
            made.put_nowait(chunk)


def _close_later(stack: AsyncExitStack, iterator: Any) -> None:
    if hasattr(iterator, "aclose"):
        stack.push_async_callback(iterator.aclose)
