"""Several engines in a row: the next one takes what one rejects."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Protocol, runtime_checkable

from device.audio.format import Samples
from device.grammar import Grammar
from device.pipeline.base import Sends, SpeechToText
from device.pipeline.stt.listening import Listening, first_understood
from device.types import Transcript

Engines = tuple[SpeechToText, ...]


@runtime_checkable
class Adopts(Protocol):
    """An engine that can learn that the home has changed."""

    async def adopt(self, grammar: Callable[[], Grammar], names: Sequence[str]) -> None:
        """Understand what can be said now, and the names. Raises EngineError."""
        ...


class ChainStt:
    """Asks one engine after the other until one understands."""

    def __init__(
        self, engines: Sequence[SpeechToText], only: Mapping[str, str] | None = None,
        partials: str = "auto", languages: Mapping[str, Sequence[SpeechToText]] | None = None,
        several: bool = False,
    ) -> None:  # fmt: skip
        """`engines` in the order of asking.

        `only` names the language of those that know a single one, by their name. `partials` as in
        [stt]. `languages` have engines of their own. Where `several` may be spoken, those of `only`
        are not asked what is said in a language that is to be found out, unless there are no
        others: they take one sentence of seven in German or French for one of their own.
        """
        self.partials = partials
        """What is told while a sentence is said, as in [stt]."""
        self._engines = tuple(engines)
        self._only = dict(only or {})
        self._languages = {_primary(code): tuple(own) for code, own in (languages or {}).items()}
        self._several = several
        self._choose: Callable[[Engines], Engines] = lambda engines: engines
        self._adopting = asyncio.Lock()

    @property
    def name(self) -> str:
        """Names of the engines in order."""
        return "+".join(engine.name for engine in self.engines)

    @property
    def engines(self) -> tuple[SpeechToText, ...]:
        """All engines, the usual ones in the order of asking first."""
        own = (engine for engines in self._languages.values() for engine in engines)
        return tuple({id(engine): engine for engine in (*self._engines, *own)}.values())

    @property
    def at_home(self) -> "ChainStt":
        """Those that send nothing."""
        return self._part(_at_home)

    @property
    def in_doubt(self) -> "ChainStt":
        """Those that send nothing, and for a language that they do not know the others."""
        return self._part(lambda engines: _at_home(engines) or engines)

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """What the first engine that understands says; empty text when none does.

        `phrases` are all that is expected, as in SpeechToText. Engines of another language are not
        asked. Raises EngineError when none understands and the last one fails.
        """
        return await first_understood(
            self._asked(language),
            lambda engine: engine.transcribe(samples, language, phrases),
        )

    def open(self, language: str | None = None) -> Listening:
        """Understand one sentence while it is said."""
        return Listening(self._asked(language), language, self.partials)

    async def adopt(
        self, language: str, grammar: Callable[[], Grammar], names: Sequence[str]
    ) -> None:
        """The home has changed: listen for what can be said to it now, and for its names.

        `grammar` is called in another process, so it must be picklable: a module's function, or a
        partial of one. Takes seconds, and audio goes on meanwhile; what is being transcribed is
        transcribed as before. Raises EngineError, and then the engine that failed is as it was.
        """
        async with self._adopting:
            for engine in self._fitting(language):
                if isinstance(engine, Adopts):
                    await engine.adopt(grammar, names)

    async def warm_up(self) -> None:
        """Warm up every engine that can be."""
        for engine in self.engines:
            if hasattr(engine, "warm_up"):
                await engine.warm_up()

    def close(self) -> None:
        """Close every engine that can be; idempotent."""
        for engine in self.engines:
            if hasattr(engine, "close"):
                engine.close()

    def _asked(self, language: str | None) -> Engines:
        return self._choose(tuple(self._fitting(language)) or self._engines)

    def _fitting(self, language: str | None) -> list[SpeechToText]:
        spoken = _primary(language or "")
        engines = self._languages.get(spoken, self._engines)
        if not spoken:
            return [one for one in engines if not (self._several and one.name in self._only)]
        return [one for one in engines if _primary(self._only.get(one.name, spoken)) == spoken]

    def _part(self, choose: Callable[[Engines], Engines]) -> "ChainStt":
        if not any(isinstance(engine, Sends) for engine in self.engines):
            return self
        part = copy(self)
        part._choose = choose
        return part


def _at_home(engines: Engines) -> Engines:
    return tuple(engine for engine in engines if not isinstance(engine, Sends))


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]
