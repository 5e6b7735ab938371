"""In which language a sentence is: told by the wake word, found out, or the speaker's own."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from device.conversation.base import Utterance
from device.dialog.detection import language_of
from device.errors import DeviceError
from device.executor import Executor

_LOGGER = logging.getLogger(__name__)

Understands = Callable[[str, str], bool]
"""Whether a text is understood in a language."""


class Tongues:
    """The languages of one speaker."""

    def __init__(
        self, own: str, others: Sequence[str], understands: Understands, executor: Executor
    ) -> None:
        """`others` may be spoken too: then it is found out in which one a sentence is."""
        self.own = own
        """What is spoken where no other is asked for."""
        self.heard = own
        """What the last sentence was in."""
        self._others = tuple(others)
        self._understands = understands
        self._executor = executor

    def listened(self, utterance: Utterance, *, answering: bool = False) -> str | None:
        """What a sentence is listened to in; None: the recogniser finds out.

        Who is `answering` speaks as he has asked: a yes is too short to tell.
        """
        found_out = self.heard if answering else None
        return utterance.language or (found_out if self._others else self.own)

    async def typed(self, utterance: Utterance) -> str:
        """What a typed sentence is in; the speaker's own where that cannot be found out."""
        if utterance.language or not self._others:
            return utterance.language or self.own
        among = tuple(dict.fromkeys((self.own, *self._others)))
        try:
            found = partial(language_of, utterance.text, among, self.own, self._understands)
            return await self._executor.run(found)
        except DeviceError as error:
            _LOGGER.warning("it cannot be found out which language is typed: %s", error)
            return self.own
