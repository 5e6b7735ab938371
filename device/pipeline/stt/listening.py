"""One sentence on its way through several engines, while it is said."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Protocol, runtime_checkable

from device.audio.format import RATE, Samples
from device.errors import EngineError
from device.pipeline.base import Partial, Sends, SpeechStream, SpeechToText, Streams
from device.pipeline.stt.local_agreement import LocalAgreement
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)
_ENOUGH_CORES: Final = 4
_STEP_SAMPLES: Final = RATE // 2
"""So much more must be said before hypotheses are compared, and before one is made anew."""
_SETTLED_SECONDS: Final = 0.2
"""A pause that lasts so much longer than it takes to notice it is mostly the end of a sentence."""


@runtime_checkable
class Closes(Protocol):
    """A stream that holds something as long as its sentence is wanted."""

    async def close(self) -> None:
        """Let go of it; idempotent."""
        ...


class GrowingWindow:
    """Lets an engine that knows whole utterances only understand the beginning of one."""

    def __init__(self, engine: SpeechToText, language: str | None) -> None:
        self._engine = engine
        self._language = language
        self._length = 0
        self._text = ""

    async def follow(self, samples: Samples) -> str:
        """Understand the sentence so far, when enough of it is new. Raises EngineError."""
        if len(samples) - self._length >= _STEP_SAMPLES:
            self._length = len(samples)
            self._text = (await self._engine.transcribe(samples, self._language)).text
        return self._text

    async def finish(self, samples: Samples) -> Transcript:
        """Understand the whole. Raises EngineError."""
        return await self._engine.transcribe(samples, self._language)


class Listening:
    """Follows one sentence with the first engine, and asks the others what that one rejects."""

    def __init__(
        self, engines: Sequence[SpeechToText], language: str | None, partials: str
    ) -> None:
        """`engines` in the order of asking; `partials` as in [stt]."""
        self._engines = tuple(engines)
        self._language = language
        words = partials == "on" or (partials == "auto" and _cores() >= _ENOUGH_CORES)
        self._stream = _stream(engines[0], language, partials, words) if engines else None
        self._agreement = LocalAgreement() if words else None
        self._compared = 0
        self._partial = Partial("")

    async def follow(self, samples: Samples) -> Partial:
        """Take the sentence so far, shape (n,); what is understood of it. Raises EngineError."""
        if self._stream is None:
            return self._partial
        text = await self._stream.follow(samples)
        if self._agreement is not None and len(samples) - self._compared >= _STEP_SAMPLES:
            self._compared = len(samples)
            self._partial = self._agreement.feed(text)
        return self._partial

    async def finish(self, samples: Samples, *, guess: bool = False) -> Transcript:
        """What the first engine that understands says; empty text when none does.

        `guess`: more may follow, so that nothing is sent before the pause has lasted a little.
        Raises EngineError when none understands and the last one fails.
        """
        understand = partial(self._understand, samples=samples, guess=guess)
        return await first_understood(self._engines, understand)

    async def close(self) -> None:
        """Nobody wants to know any more; idempotent."""
        if isinstance(self._stream, Closes):
            await self._stream.close()

    async def _understand(
        self, engine: SpeechToText, samples: Samples, *, guess: bool
    ) -> Transcript:
        if guess and isinstance(engine, Sends):
            await asyncio.sleep(_SETTLED_SECONDS)
        if self._stream is not None and engine is self._engines[0]:
            return await self._stream.finish(samples)
        return await engine.transcribe(samples, self._language)


def _cores() -> int:
    return os.cpu_count() or 1


def _stream(
    engine: SpeechToText, language: str | None, partials: str, words: bool
) -> SpeechStream | None:
    if isinstance(engine, Streams):
        return engine.open(words, language)
    # Who sends would send and pay for the same words again and again.
    grows = partials == "on" and not isinstance(engine, Sends)
    return GrowingWindow(engine, language) if grows else None


async def first_understood(
    engines: Sequence[SpeechToText],
    understand: Callable[[SpeechToText], Awaitable[Transcript]],
) -> Transcript:
    """What the first engine that understands says; empty text when none does.

    Raises EngineError when none understands and the last one fails.
    """
    if not engines:
        return Transcript("", confidence=0.0)
    *others, last = engines
    for engine in others:
        try:
            transcript = await understand(engine)
        except EngineError as error:
            _LOGGER.warning("%s cannot understand this: %s", engine.name, error)
            continue
        if transcript.text:
            return transcript
    return await understand(last)
