"""Makes the replies that come often before they are needed, while nobody talks with the speaker.

At start, and again when the language, the voice or the home is another one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

from device import events as e
from device.bus import Subscription
from device.dialog.sentences import split_sentences
from device.dialog.speakable import speakable
from device.errors import EngineError

_LOGGER = logging.getLogger(__name__)
_QUIET_SECONDS: Final = 2.0
"""Time that the speaker must have rested: a wake word is followed by a sentence soon."""


class Voice(Protocol):
    """Speaks, and remembers what it spoke."""

    async def render(self, phrases: Iterable[str]) -> None:
        """Make phrases that are not there yet. Raises EngineError."""
        ...


class Foresight:
    """Follows what the speaker does, and works when it does nothing."""

    def __init__(
        self,
        events: Subscription,
        speaking: Callable[[], tuple[str, str]],
        frequent: Callable[[str], tuple[str, ...]],
        find: Callable[[str, str], Awaitable[Voice]],
    ) -> None:
        """`speaking` tells language and voice, `frequent` the replies in a language.

        `find` gives the voice for a language and a name.
        """
        self._events = events
        self._speaking = speaking
        self._frequent = frequent
        self._find = find
        self._resting = asyncio.Event()
        self._resting.set()
        self._wanted = asyncio.Event()
        self._wanted.set()

    async def run(self) -> None:
        """Work until the bus closes."""
        async with asyncio.TaskGroup() as group:
            rendering = group.create_task(self._render_again_and_again(), name="foresight")
            async for event in self._events:
                self._take(event)
            rendering.cancel()

    def _take(self, event: e.Event) -> None:
        match event:
            case e.StateChanged(new=e.TurnState.IDLE):
                self._resting.set()
            case e.StateChanged():
                self._resting.clear()
            case e.SettingChanged(name="language" | "voice") | e.HomeChanged():
                self._wanted.set()
            case e.DegradationChanged():
                self._wanted.set()

    async def _render_again_and_again(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            language, name = self._speaking()
            try:
                voice = await self._find(language, name)
                for piece in _pieces(self._frequent(language), language):
                    await self._rest()
                    if self._wanted.is_set():
                        break
                    await voice.render([piece])
            except EngineError as error:
                _LOGGER.warning("no replies made ahead [%s]: %s", error.code, error)

    async def _rest(self) -> None:
        """Return when the speaker rests, and has done so for a while if it did not."""
        while not self._resting.is_set():
            await self._resting.wait()
            await asyncio.sleep(_QUIET_SECONDS)


def _pieces(texts: Iterable[str], language: str) -> Iterable[str]:
    """What a voice is given for these texts, as when they are said."""
    for text in texts:
        for piece in split_sentences(text, language, first_clause=True):
            yield speakable(piece, language)
