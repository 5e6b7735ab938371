"""Reads what an open vocabulary understood as the names one knows, where that makes sense of it.

A sentence that was understood stays as it is. Of one that was not, the reading counts that is
nearest to what was heard among those that the home understands; where two that are about as near
mean different things, none does. Keywords that people gave themselves are read even in what the
home does not understand: others are asked about that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from device.dialog.sense import Meaning
from device.executor import Executor
from device.pipeline.stt.correction import Correction, Keyword, Sounds, corrections, words_of
from device.types import Transcript

_CLOSED: Final = frozenset({"command", "typed"})
"""What these understand is what was said."""
_MOST_READINGS: Final = 12
"""So many are looked at, the nearest first."""
_AS_NEAR: Final = 0.05
"""Readings whose distance differs by less are equally near."""


class Understands(Protocol):
    """Knows what sentences mean in this home."""

    def meaning(self, text: str, language: str) -> Meaning | None:
        """What a sentence means; None when no template knows it."""
        ...

    def names(self, language: str) -> Sequence[str]:
        """Names of things and rooms, as people say them."""
        ...


Pronounce = Callable[[Sequence[str], str], Mapping[str, Sounds]]
"""How words of a language are said; those it does not tell are compared by spelling."""


class Corrects(Protocol):
    """Reads transcripts as what was probably said."""

    async def correct(self, heard: Transcript) -> Transcript:
        """The transcript with its text as it was probably said."""
        ...

    async def warm_up(self, language: str) -> None:
        """Find out how the names of the home are said, so that no sentence waits for it."""
        ...

    def expect(self, keywords: Mapping[str, float]) -> None:
        """From now on these are the keywords, with their boost, beside the names of the home."""
        ...


class NoCorrecting:
    """Takes what was heard as it is."""

    async def correct(self, heard: Transcript) -> Transcript:
        """The same."""
        return heard

    async def warm_up(self, language: str) -> None:
        """Nothing to do."""

    def expect(self, keywords: Mapping[str, float]) -> None:
        """Nothing to expect."""


class Correcting:
    """Corrects by the sense that a home makes of a sentence."""

    def __init__(
        self, home: Understands, pronounce: Pronounce, executor: Executor,
        keywords: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        """`keywords` with their boost, beside the names of the home."""
        self._home = home
        self._pronounce = pronounce
        self._executor = executor
        self._given = _keywords(keywords or {})

    async def correct(self, heard: Transcript) -> Transcript:
        """As in `read`, beside the loop. Raises EngineBusy."""
        return await self._executor.run(partial(self.read, heard))

    async def warm_up(self, language: str) -> None:
        """Find out how the names of the home are said, so that no sentence waits for it."""
        names = partial(self._readings, "", language, self._keywords_in(language))
        await self._executor.run(names)

    def expect(self, keywords: Mapping[str, float]) -> None:
        """From now on these are the keywords beside the names of the home."""
        self._given = _keywords(keywords)

    def read(self, transcript: Transcript) -> Transcript:
        """The transcript, its text read as what was probably said."""
        text, language = transcript.text, transcript.language
        if transcript.engine in _CLOSED or not text.strip():
            return transcript
        before = self._home.meaning(text, language)
        if before is not None and before.possible:
            return transcript
        readings = self._readings(text, language, self._keywords_in(language))
        meant = self._meant(readings, language, before)
        if meant is None and before is None:
            given = {keyword.text for keyword in self._given}
            meant = next((one for one in readings if one.keyword in given), None)
        return transcript if meant is None else replace(transcript, text=meant.text)

    def _keywords_in(self, language: str) -> list[Keyword]:
        """Those that were given, and the names of the home."""
        found = {keyword.text.casefold(): keyword for keyword in self._given}
        for name in self._home.names(language):
            found.setdefault(name.casefold(), Keyword(name))
        return list(found.values())

    def _readings(self, text: str, language: str, keywords: Sequence[Keyword]) -> list[Correction]:
        texts = (text, *(keyword.text for keyword in keywords))
        words = dict.fromkeys(word[0] for one in texts for word in words_of(one))
        said = self._pronounce(list(words), language)
        return corrections(text, lambda word: said.get(word, ()), keywords)

    def _meant(
        self, readings: Sequence[Correction], language: str, before: Meaning | None
    ) -> Correction | None:
        """The nearest that makes sense, unless another that is as near makes another sense."""
        best: tuple[Correction, Meaning] | None = None
        for reading in readings[:_MOST_READINGS]:
            if best is not None and reading.distance - best[0].distance > _AS_NEAR:
                break
            meaning = self._home.meaning(reading.text, language)
            if meaning is None or not meaning.possible or _crosses(before, meaning):
                continue
            if best is not None and meaning != best[1]:
                return None
            best = best or (reading, meaning)
        return None if best is None else best[0]


def _crosses(before: Meaning | None, after: Meaning) -> bool:
    """Whether a sentence that was understood, but not what it is about, came to mean another."""
    return before is not None and before.intent.name != after.intent.name


def _keywords(boosts: Mapping[str, float]) -> tuple[Keyword, ...]:
    return tuple(Keyword(text, boost) for text, boost in boosts.items() if text.strip())
