"""A voice for tests of what surrounds a voice."""

import asyncio
from collections.abc import AsyncIterator

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import EngineError
from device.types import Voice


class FakeTts:
    """Takes its time, and makes two chunks of a sentence that spell it."""

    def __init__(self, name: str = "fake", seconds: float = 0.1) -> None:
        self.voice = Voice(name, "fake", "en", 16_000)
        self.begun: list[str] = []
        self.finished: list[str] = []
        self._seconds = seconds

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        self.begun.append(text)
        for part in (text[: len(text) // 2], text[len(text) // 2 :]):
            await asyncio.sleep(self._seconds / 2)
            if "fail" in text:
                raise EngineError("this voice cannot say that; try another")
            yield AudioChunk(part.encode("utf-16-le"), AudioFormat())
        self.finished.append(text)


def spelt(chunks: list[AudioChunk]) -> str:
    """What a FakeTts was made to say."""
    return "".join(chunk.audio.decode("utf-16-le") for chunk in chunks)
