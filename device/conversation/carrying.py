"""A model's answer on its way: its words are handed on, and what it wants is done meanwhile.

It is read as it comes, however far behind the voice is: a lamp does not wait for a sentence.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from device.conversation.base import Item, StageFailure
from device.conversation.hands import Hands
from device.dialog.base import AnswerStream, Calls, Mention, Pending
from device.errors import AssistantError, LlmAstray, LlmError
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")


class Carrying:
    """A TextStream of the words of an answer; begins to read when it is made."""

    def __init__(self, answer: AnswerStream, hands: Hands, language: str) -> None:
        self._answer = answer
        self._hands = hands
        self._language = language
        self._words: asyncio.Queue[str | AssistantError | None] = asyncio.Queue()
        self._items: asyncio.Queue[Item] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read(), name="answer")
        self._closed = False
        self._speaks = False
        self._instead = ""
        self.pending: Pending | None = None
        """What it asks; the next sentence may answer it."""
        self.question = ""
        """That in words."""
        self.mention: Mention | None = None
        """What it moved last."""

    def __aiter__(self) -> "Carrying":
        return self

    async def __anext__(self) -> str:
        """The next words. Raises AssistantError when the rest does not come."""
        word = await self._words.get()
        if isinstance(word, str):
            return word
        self._words.put_nowait(word)
        if word is None:
            raise StopAsyncIteration
        raise word

    async def aclose(self) -> None:
        """Want no more of it; what was begun in the home is done. Idempotent."""
        if not self._closed:
            self._closed = True
            await end(self._reading)
            await self._answer.aclose()

    async def beside(self, told: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
        """What is told, and in between what is done. Raises what `told` raises."""
        part, item = _task(_next(told)), _task(self._items.get())
        async with aclosing(told):
            try:
                while True:
                    await asyncio.wait({part, item}, return_when=asyncio.FIRST_COMPLETED)
                    if item.done():
                        yield item.result()
                        item = _task(self._items.get())
                    elif (telling := part.result()) is not None:
                        yield telling
                        part = _task(_next(told))
                    elif self._items.empty():
                        return
            finally:
                await end(part, item)

    async def _read(self) -> None:
        why: AssistantError | None = None
        try:
            async for piece in self._answer:
                if isinstance(piece, str):
                    self._speaks = self._speaks or any(map(str.isalnum, piece))
                    self._words.put_nowait(piece)
                elif await self._handle(piece):
                    break
            else:
                self._fill_in()
        except LlmAstray as error:
            why = error
        except AssistantError as error:
            self._words.put_nowait("" if self._speaks else self._instead)
            why = error
        except StageFailure as failure:
            why = LlmError(f"what the language model wanted failed: {failure}")
        except Exception as error:
            _LOGGER.exception("carrying out an answer failed")
            why = LlmError(f"carrying out an answer failed: {error}")
        self._words.put_nowait(why)

    def _fill_in(self) -> None:
        """Somebody waits for words: where the model has none, those of the speaker."""
        if not self._speaks and not self._instead:
            raise LlmAstray("the language model gave an answer without words")
        if not self._speaks:
            self._words.put_nowait(self._instead)

    async def _handle(self, wanted: Calls) -> bool:
        """Do it; tells whether the answer ends with it."""
        handled = await self._hands.call(wanted.calls, self._language, self._items.put_nowait)
        self.mention = handled.mention or self.mention
        self._instead = handled.words
        if handled.asks is not None:
            self.pending, self.question = handled.asks.pending, handled.asks.text
            self._words.put_nowait(f"\n{handled.asks.text}")
        elif not handled.stops:
            wanted.results.set_result(handled.results)
            return False
        return True


async def _next(items: AsyncGenerator[Item, None]) -> Item | None:
    return await anext(items, None)


def _task(waiting: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    return asyncio.create_task(waiting, name="reply-part")
