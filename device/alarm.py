"""Rings, and heeds what is said meanwhile: "stop" and "snooze" need no wake word then."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Final

from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import RATE
from device.conversation.base import Conversation, Item, ReplyAudio, StageFailure
from device.hearing import Hearing, Overheard
from device.overhearing import heed
from device.ringing import QUIETEST_VOLUME, Ringing
from device.speaking import Speaking
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
_ECHO_SECONDS: Final = 0.3
"""What the loudspeaker's buffer and the room add to words of our own."""


class Alarm:
    """One ringing at a time."""

    def __init__(
        self,
        hearing: Hearing,
        speaking: Speaking,
        conversation: Conversation,
        post: Callable[[e.Event], None],
    ) -> None:
        self._hearing = hearing
        self._speaking = speaking
        self._conversation = conversation
        self._post = post
        self._heeding: asyncio.Task[None] | None = None
        self._began = 0.0

    def ring(self, turn_id: int, label: str, at: float) -> AsyncIterator[Item]:
        """The sound, as what a reply plays; `at`: seconds of captured audio by now."""
        say = partial(self._say, label) if label else None
        ringing = Ringing(self._speaking.rate, say)
        self._began = at
        self._speaking.raise_to(QUIETEST_VOLUME)
        self._heeding = asyncio.create_task(self._heed(ringing, turn_id), name="heed")
        return _items(ringing)

    def audible(self, at: float) -> None:
        """Say when the first ring left the loudspeaker, in seconds of captured audio."""
        self._began = at

    async def end(self) -> None:
        """Heed no more, and be as loud as before; idempotent."""
        await end(self._heeding)
        self._heeding = None
        self._speaking.lower_back()

    async def _heed(self, ringing: Ringing, turn_id: int) -> None:
        try:
            async with aclosing(self._hearing.overhear()) as overheard:
                async for heard in overheard:
                    if not self._is_our_own(heard, ringing):
                        understanding = self._conversation.overhear(heard.samples)
                        await heed(understanding, turn_id, self._post)
        except Exception:
            _LOGGER.exception("what is said while it rings is not heard any more")

    def _is_our_own(self, heard: Overheard, ringing: Ringing) -> bool:
        begin = heard.start_sample / RATE - self._began
        stop = heard.stop_sample / RATE - self._began
        return ringing.speaks(begin - _ECHO_SECONDS, stop)

    async def _say(self, label: str) -> AsyncIterator[AudioChunk]:
        try:
            async for item in self._conversation.say(label):
                if isinstance(item, ReplyAudio):
                    yield item.chunk
        except StageFailure as failure:
            _LOGGER.warning("what rings cannot be said: %s", failure)


async def _items(ringing: Ringing) -> AsyncIterator[Item]:
    async for chunk in ringing.chunks():
        yield ReplyAudio(chunk)
