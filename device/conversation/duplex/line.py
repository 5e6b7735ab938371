"""One conversation with a model while it lasts: carries sound to it, and sorts what it gives."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, Final

from device.audio.format import RATE, Samples
from device.conversation.base import ReplyAudio, ReplyPart, Sound
from device.conversation.duplex.base import Framer, Link
from device.conversation.duplex.speech import Speech
from device.conversation.duplex.talk import Begun, Over, Step, Talk
from device.errors import EngineError
from device.pipeline.base import VadEngine
from device.pipeline.vad.endpoint import Reason, SpeechStarted, TurnEnded
from device.tasks import end

Found = SpeechStarted | TurnEnded
Part = ReplyPart | ReplyAudio

_LOGGER = logging.getLogger(__name__)
_PATIENCE_SAMPLES: Final = 5 * RATE
"""A model that says nothing for so long after a person has spoken does not mean to."""
_MOST_PARTS: Final = 1_000
"""Of a reply that wait to be played, more than a minute of it: no model speaks so far ahead."""
_OVERTIME: Final = 2
"""A reply is let end when the time is over, unless it takes as long again."""


class Line:
    """Runs until the sound ends, the time is over or the model is lost."""

    def __init__(self, link: Link, sound: Sound, vad: VadEngine, limit_seconds: float) -> None:
        """`limit_seconds`: how long a conversation lasts."""
        self._link = link
        self._sound = sound
        self._limit_samples = round(limit_seconds * RATE)
        self._speech = Speech(vad, sound.start_sample)
        self._talk = Talk()
        self._begin = self._position = sound.start_sample
        self._quiet_samples = 0
        self._spoken = False
        self._answering = False
        self._found: asyncio.Queue[Found | EngineError | None] = asyncio.Queue()
        self._reply: asyncio.Queue[Part | EngineError | None] = asyncio.Queue()

    async def found(self) -> AsyncGenerator[Found, None]:
        """Who begins to speak: the person, or the model, which ends the person's turn.

        That is told again as long as nobody takes the reply. Raises EngineError when it is lost.
        """
        carrying = asyncio.create_task(self._run(self._carry()), name="duplex-hear")
        listening = asyncio.create_task(self._run(self._listen()), name="duplex-say")
        try:
            while (found := await self._found.get()) is not None:
                if isinstance(found, EngineError):
                    raise found
                yield found
        finally:
            await end(carrying, listening)
            self._reply.put_nowait(EngineError("the speech model does not listen any more"))

    async def reply(self) -> AsyncGenerator[Part, None]:
        """What the model says now, or next, until it falls silent. Raises EngineError.

        It is nothing at all when the model does not mean to speak. Who closes it before its end
        does not want to hear the rest.
        """
        self._answering, complete = True, False
        try:
            while (part := await self._reply.get()) is not None:
                if isinstance(part, EngineError):
                    raise part
                yield part
            complete = True
        finally:
            self._answering = self._spoken = False
            if not complete:
                self._talk.drop()
                self._clear()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, and tell how it ended."""
        try:
            await work
        except EngineError as error:
            self._lose(error)
        except Exception as error:
            _LOGGER.exception("the conversation failed")
            self._lose(EngineError(f"the conversation with the speech model failed: {error}"))
        else:
            self._found.put_nowait(None)

    def _lose(self, error: EngineError) -> None:
        self._reply.put_nowait(error)
        self._found.put_nowait(error)

    async def _carry(self) -> None:
        framer, blocks = Framer(), self._sound.blocks
        async for block in blocks:
            self._notice(block)
            for frame in framer.feed(block):
                await self._link.send(frame)
            if self._over:
                return

    async def _listen(self) -> None:
        outputs: Any = self._link.outputs()
        async with aclosing(outputs):
            async for output in outputs:
                for step in self._talk.take(output):
                    self._sort(step)
                if self._reply.qsize() > _MOST_PARTS:
                    raise EngineError("the speech model speaks faster than anybody can listen")

    @property
    def _over(self) -> bool:
        lasted = self._position - self._sound.start_sample
        allowed = self._limit_samples * (_OVERTIME if self._talk.speaking else 1)
        return lasted >= allowed

    def _notice(self, block: Samples) -> None:
        """Tell that the person speaks, or that nobody does after him."""
        self._position += len(block)
        began = self._speech.feed(block)
        if self._talk.speaking or began is not None:
            self._quiet_samples = 0
        else:
            self._quiet_samples += len(block)
        if began is not None and not self._spoken and not self._talk.speaking:
            self._spoken, self._begin = True, began
            self._found.put_nowait(SpeechStarted(began))
        if self._quiet_samples >= _PATIENCE_SAMPLES and (self._spoken or self._answering):
            self._say_nothing()

    def _say_nothing(self) -> None:
        self._quiet_samples = 0
        if not self._answering:
            self._clear()
            self._end_turn()
        self._spoken = False
        self._reply.put_nowait(None)

    def _sort(self, step: Step) -> None:
        match step:
            case Begun():
                if not self._answering:
                    self._clear()
            case Over():
                self._spoken = False
                self._begin = self._position
                self._speech.forget()
                self._reply.put_nowait(None)
            case ReplyPart() | ReplyAudio():
                self._reply.put_nowait(step)
                if not self._answering:
                    self._end_turn()

    def _end_turn(self) -> None:
        begin, stop = self._begin, self._position
        self._found.put_nowait(TurnEnded(begin, stop, begin, stop, Reason.SILENCE))

    def _clear(self) -> None:
        while not self._reply.empty():
            self._reply.get_nowait()
