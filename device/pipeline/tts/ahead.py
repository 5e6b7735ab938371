"""The next line is made while one plays."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import Enum
from typing import Any

from device.audio.chunk import AudioChunk
from device.pipeline.base import TextToSpeech
from device.tasks import end


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, or a piece of one."""

    text: str
    """As it is written."""
    said: str
    """As the voice is given it; empty: there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A part of the sound of a line."""

    chunk: AudioChunk
    text: str
    """The line as it is written."""


class _Mark(Enum):
    LINE_ENDS = "line ends"
    FINISHED = "finished"


_Made = asyncio.Queue[Line | Spoken | _Mark]


async def speak_ahead(
    tts: TextToSpeech, lines: AsyncIterator[Line], ahead: int = 1
) -> AsyncGenerator[Line | Spoken, None]:
    """Each line as its making begins, and then its sound; all in order.

    Lines are made at most `ahead` lines beyond the one being taken.
    A line that fails raises EngineError after everything before it was given. Closing the
    iterator early stops the work and leaves no task behind.
    """
    made: _Made = asyncio.Queue()
    places = asyncio.Semaphore(1 + ahead)
    maker = asyncio.create_task(_make(tts, lines, made, places), name="speak-ahead")
    try:
        while (item := await made.get()) is not _Mark.FINISHED:
            if item is _Mark.LINE_ENDS:
                places.release()
            else:
                yield item
        await maker
    finally:
        await end(maker)
        if not maker.cancelled():
            maker.exception()


async def _make(
    tts: TextToSpeech, lines: AsyncIterator[Line], made: _Made, places: asyncio.Semaphore
) -> None:
    async with AsyncExitStack() as stack:
        stack.callback(made.put_nowait, _Mark.FINISHED)
        _close_later(stack, lines)
        async for line in lines:
            await places.acquire()
            made.put_nowait(line)
            await _make_one(tts, line, made)
            made.put_nowait(_Mark.LINE_ENDS)


async def _make_one(tts: TextToSpeech, line: Line, made: _Made) -> None:
    async with AsyncExitStack() as stack:
        audio = tts.synthesize(line.said)
        _close_later(stack, audio)
        async for chunk in audio:
            made.put_nowait(Spoken(chunk, line.text))


def _close_later(stack: AsyncExitStack, iterator: Any) -> None:
    if hasattr(iterator, "aclose"):
        stack.push_async_callback(iterator.aclose)
