"""Engines that are loaded while the speaker already listens: who needs one waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from device.audio.format import Samples
from device.grammar import Grammar
from device.pipeline.base import KeptVoice, Partial
from device.pipeline.stt.chain import ChainStt
from device.pipeline.stt.listening import Listening
from device.pipeline.tts.voicebook import VoiceBook
from device.types import Transcript

T = TypeVar("T")


class Later(Generic[T]):
    """Something that is loaded when it is first asked for."""

    def __init__(self, loading: Coroutine[Any, Any, T]) -> None:
        """Nothing is begun yet: what is needed sooner has the computer for itself."""
        self._coroutine = loading
        self._loading: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Wait for it. Raises what loading raised; who waits no more does not end the loading."""
        return await asyncio.shield(self._begun())

    async def discard(self) -> None:
        """Nobody needs it any more; what was loaded is dropped, and so is its error."""
        loading = self._begun()
        loading.cancel()
        await asyncio.wait([loading])
        if not loading.cancelled():
            loading.exception()

    def _begun(self) -> "asyncio.Task[T]":
        if self._loading is None:
            self._loading = asyncio.create_task(self._coroutine, name="load")
        return self._loading


class LateStt:
    """Understands speech as soon as it can."""

    def __init__(self, engine: Later[ChainStt], name: str, *, sends: bool = False) -> None:
        """`sends`: one of the engines lets another computer understand."""
        self._engine = engine
        self._name = name
        self._sends = sends
        self._changing = asyncio.Lock()

    @property
    def name(self) -> str:
        """Names of the engines in order."""
        return self._name

    @property
    def at_home(self) -> "LateStt | LatePart":
        """The part that sends nothing; as ChainStt."""
        return LatePart(self, lambda whole: whole.at_home) if self._sends else self

    @property
    def in_doubt(self) -> "LateStt | LatePart":
        """The part for what is perhaps not meant for the speaker; as ChainStt."""
        return LatePart(self, lambda whole: whole.in_doubt) if self._sends else self

    async def get(self) -> ChainStt:
        """All engines. Raises what loading raised."""
        return await self._engine.get()

    async def loaded(self) -> None:
        """Wait for it. Raises what loading raised."""
        await self._engine.get()

    async def discard(self) -> None:
        """The speaker ends; what is not loaded yet is not needed any more."""
        await self._engine.discard()

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """What was said; as ChainStt."""
        return await (await self._engine.get()).transcribe(samples, language, phrases)

    def open(self, language: str | None = None) -> "LateListening":
        """Understand one sentence while it is said; as ChainStt."""
        return LateListening(self._engine.get, language)

    async def adopt(
        self, language: str, grammar: Callable[[], Grammar], names: Sequence[str]
    ) -> None:
        """The home has changed; as ChainStt."""
        async with self._changing:
            await (await self._engine.get()).adopt(language, grammar, names)

    async def warm_up(self) -> None:
        """Warm up every engine that can be. Raises EngineError."""
        await (await self._engine.get()).warm_up()

    async def exchange(self, loading: Coroutine[Any, Any, ChainStt]) -> None:
        """From now on another one understands. Raises EngineError, and then the old one does.

        The old one is gone once the sentence is over that it has followed.
        """
        async with self._changing:
            self._engine = await _warm(loading, lambda engine: engine.warm_up())


class LatePart:
    """Some of the engines, as soon as they are there."""

    def __init__(self, whole: LateStt, pick: Callable[[ChainStt], ChainStt]) -> None:
        self._whole = whole
        self._pick = pick

    @property
    def name(self) -> str:
        """Names of all engines in order."""
        return self._whole.name

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """What was said; as ChainStt."""
        return await (await self._get()).transcribe(samples, language, phrases)

    def open(self, language: str | None = None) -> "LateListening":
        """Understand one sentence while it is said; as ChainStt."""
        return LateListening(self._get, language)

    async def _get(self) -> ChainStt:
        return self._pick(await self._whole.get())


class LateListening:
    """Follows one sentence as soon as it can."""

    def __init__(self, get: Callable[[], Awaitable[ChainStt]], language: str | None) -> None:
        self._get = get
        self._language = language
        self._listening: Listening | None = None

    async def follow(self, samples: Samples) -> Partial:
        """Take the sentence so far; as Listening."""
        return await (await self._opened()).follow(samples)

    async def finish(self, samples: Samples, *, guess: bool = False) -> Transcript:
        """Understand the whole of it; as Listening."""
        return await (await self._opened()).finish(samples, guess=guess)

    async def close(self) -> None:
        """Nobody wants to know any more; as Listening."""
        if self._listening is not None:
            await self._listening.close()

    async def _opened(self) -> Listening:
        engine = await self._get()
        if self._listening is None:
            self._listening = engine.open(self._language)
        return self._listening


class LateVoices:
    """Speaks as soon as it can."""

    def __init__(self, book: Later[VoiceBook]) -> None:
        self._book = book

    async def discard(self) -> None:
        """The speaker ends; what is not loaded yet is not needed any more."""
        await self._book.discard()

    async def find(self, language: str = "", name: str = "") -> KeptVoice:
        """The voice for a language, or of a name; empty: the usual one."""
        return await (await self._book.get()).find(language, name)

    async def book(self) -> VoiceBook:
        """All of them."""
        return await self._book.get()

    async def exchange(self, loading: Coroutine[Any, Any, VoiceBook]) -> None:
        """From now on other voices speak. Raises EngineError, and then the old ones do.

        An old one is gone once the reply is over that it has begun.
        """
        self._book = await _warm(loading, lambda book: book.main.warm_up())


async def _warm(
    loading: Coroutine[Any, Any, T], warm_up: Callable[[T], Awaitable[None]]
) -> Later[T]:
    """Something that is loaded and warm. Raises what loading raised, and then nothing is left."""
    later = Later(loading)
    try:
        await warm_up(await later.get())
    except BaseException:
        await later.discard()
        raise
    return later
