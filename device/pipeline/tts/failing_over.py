"""A voice that may fail, and one that then says the rest of the sentence."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

from device.audio.chunk import AudioChunk
from device.breaker import Breaker, BreakerState
from device.errors import EngineError
from device.pipeline.tts.cache import CachedTts
from device.pipeline.tts.resume import left_of
from device.types import Voice

_LOGGER = logging.getLogger(__name__)


class FailingOverTts:
    """Speaks with the first voice where it can, else with the spare one.

    Who listens always hears the sentence to its end; what was spoken by two voices is not kept.
    """

    def __init__(self, first: CachedTts, spare: CachedTts, breaker: Breaker) -> None:
        """`breaker` may be shared by the voices of one service."""
        self._first = first
        self._spare = spare
        self._breaker = breaker

    @property
    def voice(self) -> Voice:
        """The first voice."""
        return self._first.voice

    @property
    def hits(self) -> int:
        """Phrases spoken from memory."""
        return self._first.hits

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """Audio as it becomes ready. Raises EngineError when the spare voice fails too."""
        heard_seconds = 0.0
        try:
            async with aclosing(self._attempt(text)) as sound:
                async for chunk in sound:
                    heard_seconds += chunk.seconds
                    yield chunk
            return
        except EngineError as error:
            _LOGGER.warning("%s goes on [%s]: %s", self._spare.voice.engine, error.code, error)
        rest = await self._rest(text, heard_seconds)
        spare: Any = self._spare.synthesize(rest)
        async with aclosing(spare):
            async for chunk in spare:
                yield chunk

    async def render(self, phrases: Iterable[str]) -> None:
        """Nothing: what may never be said is not paid for."""

    async def warm_up(self) -> None:
        """Warm both up; a service that cannot be reached now is not waited for later.

        Raises EngineError.
        """
        await self._spare.warm_up()
        if self._breaker.state is not BreakerState.CLOSED:
            return
        try:
            await self._first.warm_up()
        except EngineError:
            self._breaker.failed(asyncio.get_running_loop().time())
            raise

    def close(self) -> None:
        """Close both, as far as they can be; idempotent."""
        self._first.close()
        self._spare.close()

    async def _attempt(self, text: str) -> AsyncGenerator[AudioChunk, None]:
        """The first voice, unless it is known not to speak at present."""
        now = asyncio.get_running_loop().time
        asked = not self._first.knows(text)
        if asked and not self._breaker.allows(now()):
            raise EngineError(
                f"{self.voice.engine} failed several times; it is asked again in "
                f"{self._breaker.rests_seconds(now()):.0f} s"
            )
        spoke = False
        try:
            sound: Any = self._first.synthesize(text)
            async with aclosing(sound):
                async for chunk in sound:
                    spoke = True
                    yield chunk
        except EngineError:
            self._breaker.failed(now())
            raise
        except BaseException:
            if asked:
                self._ended_early(spoke, now())
            raise
        if asked:
            self._breaker.succeeded()

    def _ended_early(self, spoke: bool, now: float) -> None:
        """Nobody listens any more: it works when it has spoken, else nothing is known."""
        if spoke:
            self._breaker.succeeded()
        else:
            self._breaker.dropped(now)

    async def _rest(self, text: str, heard_seconds: float) -> str:
        """What is not said yet, if both voices are about as fast."""
        if not heard_seconds:
            return text
        whole: Any = self._spare.synthesize(text)
        async with aclosing(whole):
            seconds = sum([chunk.seconds async for chunk in whole])
        return left_of(text, heard_seconds / seconds if seconds else 0.0)
