"""Says "one moment" when an answer takes its time.

Once in a turn, and only while nothing of the answer is heard; the answer cuts it short.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final

from device.audio.chunk import AudioChunk
from device.audio.level import fade_out
from device.conversation.base import Heeded, Item, ReplyAudio, StageFailure
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

Say = Callable[[], AsyncIterator[ReplyAudio]]
"""The sound of the filler."""

_BLOCK_SECONDS: Final = 0.1
_LEAD_SECONDS: Final = 0.2
"""So much is handed on before it is due; more could not be cut short."""
_GRACE_SECONDS: Final = 0.15
"""An answer that comes so soon after the sentence is understood needs no filler."""


async def fill(items: AsyncIterator[Item], say: Say, seconds: float) -> AsyncGenerator[Item, None]:
    """The items of an answer, with a filler where no sound is among them after `seconds`.

    It waits until it is known that what was said is meant for the speaker. Its sound stands for
    no text. Closing the iterator closes `items`. Raises what `items` raises.
    """
    stream: Any = items
    filler = _Filler(say, _now() + seconds)
    coming: asyncio.Task[Item | None] | None = None
    async with aclosing(stream):
        try:
            while True:
                coming = coming or asyncio.create_task(_next(stream), name="reply-item")
                await asyncio.wait({coming}, timeout=filler.wait_seconds)
                if not coming.done():
                    if (block := await filler.next()) is not None:
                        yield block
                    continue
                item, coming = coming.result(), None
                if item is None:
                    return
                if (cut := filler.note(item)) is not None:
                    yield cut
                yield item
        finally:
            await end(coming)


class _Filler:
    """Block by block, as fast as it is heard."""

    def __init__(self, say: Say, earliest: float) -> None:
        self._say = say
        self._earliest = earliest
        self._due: float | None = None
        self._blocks: deque[ReplyAudio] | None = None

    @property
    def wait_seconds(self) -> float | None:
        """Until the next block is due; None while none is."""
        return None if self._due is None else max(0.0, self._due - _now())

    async def next(self) -> ReplyAudio | None:
        """The block that is due."""
        if self._blocks is None:
            self._blocks = deque(await self._made())
            self._due = _now() - _LEAD_SECONDS
        if self._due is None or not self._blocks:
            self._due = None
            return None
        self._due += _BLOCK_SECONDS
        return self._blocks.popleft()

    def note(self, item: Item) -> ReplyAudio | None:
        """Wait for the answer from here on, or end because it is here: with this, if anything."""
        if isinstance(item, Heeded) and item.addressed:
            self._due = max(self._earliest, _now() + _GRACE_SECONDS)
        if not isinstance(item, ReplyAudio):
            return None
        self._due, blocks = None, self._blocks
        self._blocks = deque()
        return _faded(blocks[0]) if blocks else None

    async def _made(self) -> list[ReplyAudio]:
        try:
            return [block async for audio in self._say() for block in _blocks(audio.chunk)]
        except StageFailure as failure:
            _LOGGER.warning("no filler: %s", failure)
            return []


async def _next(stream: Any) -> Item | None:
    return await anext(stream, None)


def _blocks(chunk: AudioChunk) -> list[ReplyAudio]:
    samples, rate = chunk.pcm(), chunk.format.rate
    size = round(_BLOCK_SECONDS * rate)
    starts = range(0, len(samples), size)
    return [ReplyAudio(AudioChunk.from_samples(samples[at : at + size], rate)) for at in starts]


def _faded(block: ReplyAudio) -> ReplyAudio:
    rate = block.chunk.format.rate
    return ReplyAudio(
        AudioChunk.from_samples(fade_out(block.chunk.pcm(), rate, _BLOCK_SECONDS), rate)
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
