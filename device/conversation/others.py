"""Who is asked what the speaker itself does not understand."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from device.audio.format import Samples
from device.dialog.base import Answer, Fallback, Hearer, Thinker
from device.errors import AssistantError
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)
_LEAST_WORDS: Final = 2
"""What is shorter is no question yet."""
_UNSURE: Final = "nothing_heard"
"""What is said to who was hardly understood: nobody else knows better what it was."""


class Others:
    """First those who know the home, then the model."""

    def __init__(
        self, explain: Callable[[str, str], str], fallback: Fallback | None = None,
        model: Thinker | None = None, least_confidence: float = 0.0, hearer: Hearer | None = None,
    ) -> None:  # fmt: skip
        """`explain` gives words for the code of an error, in a language.

        The model is not asked what was understood with less than `least_confidence`.
        """
        self._explain = explain
        self._fallback = fallback
        self._model = model
        self._hearer = hearer
        self._least_confidence = least_confidence

    @property
    def some(self) -> bool:
        """Whether there is anybody."""
        return any((self._fallback, self._hearer, self._model))

    def may_know(self, said: Transcript, samples: Samples | None) -> bool:
        """Whether there is anything to ask: words, or a sound for who hears it himself."""
        return bool(said.text) or (samples is not None and self._hearer is not None)

    def begin(self, heard: Transcript) -> None:
        """Let the model think about what may be the whole sentence."""
        long_enough = len(heard.text.split()) >= _LEAST_WORDS
        if self._model is not None and long_enough and self._is_sure(heard):
            self._model.begin(heard.text, heard.language)

    def drop(self) -> None:
        """Nobody is to be asked: the sentence was another one, or is understood."""
        if self._model is not None:
            self._model.drop()

    async def answer(
        self, said: Transcript, unknown: Answer, samples: Samples | None = None
    ) -> Answer | None:
        """What the first one says who understands it, None when nobody does.

        It is `unknown`, which says why, when somebody could not be asked and the others do not
        understand it. `samples`: how it sounded; None: it was typed.
        """
        why = ""
        for other in (self._fallback, self._hearer, self._model):
            if other is None or not (said.text or other is self._hearer):
                continue
            if other is self._model and not self._is_sure(said):
                why = _UNSURE
                break
            try:
                answer = await self._ask(other, said, samples)
            except AssistantError as error:
                _LOGGER.warning("%s [%s]", error, error.code)
                why = error.code
                continue
            if answer is not None:
                return answer
        return replace(unknown, text=self._explain(why, unknown.language)) if why else None

    async def _ask(
        self, other: Fallback | Hearer, said: Transcript, samples: Samples | None
    ) -> Answer | None:
        if not isinstance(other, Hearer):
            return await other.answer(said.text, said.language)
        return None if samples is None else await other.answer_sound(samples, said.language)

    def _is_sure(self, said: Transcript) -> bool:
        return said.confidence >= self._least_confidence
