"""Whatever is being answered or said: one reply at a time, and maybe one that is held."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from device import events as e
from device.conversation.base import Item
from device.reply import Outlets, Reply
from device.tasks import end


@dataclass(frozen=True, slots=True)
class _Carried:
    """A reply and the task that carries it out."""

    reply: Reply
    task: asyncio.Task[None]


class Replies:
    """Begins, cuts, holds and resumes them."""

    def __init__(
        self, outlets: Outlets, aside: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        """`aside` runs what outlives a reply, such as waiting for the home to confirm."""
        self._outlets = outlets
        self._speaking = outlets.speaking
        self._aside = aside
        self._now: _Carried | None = None
        self._held: _Carried | None = None

    @property
    def saying(self) -> str:
        """The words that are heard about now; personal."""
        if self._now is None:
            return ""
        return self._now.reply.saying(self._speaking.heard_seconds)

    def follow_up(self, seconds: float) -> None:
        """Listen on for so long after an answer; 0: only after a question."""
        self._outlets = replace(self._outlets, follow_up_seconds=seconds)

    def begin(self, turn_id: int, items: AsyncIterator[Item], *, normalise: bool) -> None:
        """Carry out an answer; `normalise`: bring it to the loudness of speech."""
        reply = Reply(turn_id, self._outlets, self._aside)
        task = asyncio.create_task(reply.run(items, normalise=normalise), name="reply")
        self._now = _Carried(reply, task)

    async def cut(self) -> None:
        """Fall silent at once; nothing of it is left, and what was heard is told."""
        cut, self._now = self._now, None
        played = await self._speaking.cut()
        if cut is not None:
            await end(cut.task)
            cut.reply.cut(played)

    async def hold(self) -> None:
        """Fall silent at once; it may go on."""
        played = await self._speaking.hold()
        self._held, self._now = self._now, None
        turn_id = 0 if self._held is None else self._held.reply.turn_id
        heard_seconds = round(played.seconds, 3)
        self._outlets.tell(e.PlaybackHeld(heard_seconds=heard_seconds, turn_id=turn_id))

    async def resume(self, turn_id: int) -> None:
        """Go on with the one that is held, instead of the present one."""
        if self._now is not None:
            await end(self._now.task)
        self._now, self._held = self._held, None
        if self._now is None or self._now.task.done():
            self._outlets.post(e.NothingToSay(turn_id=turn_id))
            return
        self._speaking.resume()
        self._outlets.tell(e.PlaybackResumed())

    async def drop_held(self) -> None:
        """Cancel the one that is held, and tell what was heard of it."""
        held, self._held = self._held, None
        played = self._speaking.drop_held()
        if held is not None:
            await end(held.task)
            held.reply.cut(played)

    async def end(self) -> None:
        """Leave no task behind; idempotent."""
        await end(*(one.task for one in (self._now, self._held) if one is not None))
