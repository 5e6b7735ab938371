"""Who is asked what the speaker itself does not understand."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from device.dialog.base import Answer, Fallback, Thinker
from device.errors import AssistantError
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)
_LEAST_WORDS: Final = 2
"""What is shorter is no question yet."""


class Others:
    """First the one who may act, then the model, which only talks."""

    def __init__(
        self, explain: Callable[[str, str], str], fallback: Fallback | None = None,
        model: Thinker | None = None,
    ) -> None:  # fmt: skip
        """`explain` gives words for the code of an error, in a language."""
        self._explain = explain
        self._model = model
        self._asked = [other for other in (fallback, model) if other is not None]

    @property
    def some(self) -> bool:
        """Whether there is anybody."""
        return bool(self._asked)

    def begin(self, text: str, language: str) -> None:
        """Let the model think about what may be the whole sentence."""
        if self._model is not None and len(text.split()) >= _LEAST_WORDS:
            self._model.begin(text, language)

    def drop(self) -> None:
        """Nobody is to be asked: the sentence was another one, or is understood."""
        if self._model is not None:
            self._model.drop()

    async def answer(self, said: Transcript, unknown: Answer) -> Answer | None:
        """What the first one says who understands it, None when nobody does.

        It is `unknown`, which says why, when somebody could not be asked and the others do not
        understand it.
        """
        failed: AssistantError | None = None
        for other in self._asked:
            try:
                answer = await other.answer(said.text, said.language)
            except AssistantError as error:
                _LOGGER.warning("%s [%s]", error, error.code)
                failed = error
                continue
            if answer is not None:
                return answer
        if failed is None:
            return None
        return replace(unknown, text=self._explain(failed.code, unknown.language))
