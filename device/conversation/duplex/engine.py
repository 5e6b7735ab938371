"""A conversation with a model that hears and speaks at the same time.

It takes turns by itself: it may answer while somebody speaks, and stops when it is interrupted. It
is let hear everything from the wake word until the turn rests, with no word of where a sentence
ends. What was said is written down by the recogniser here, beside the answer to it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from device.audio.format import Samples
from device.conversation.base import Done, Heeded, Item, Sound, Utterance, stage
from device.conversation.duplex.base import DuplexModel
from device.conversation.duplex.line import Found, Line
from device.errors import EngineError
from device.pipeline.base import SpeechToText, VadEngine
from device.tasks import end
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)
_LATE_SECONDS: Final = 1.0
"""What was said may be written down so much after the answer to it."""


class Duplex:
    """One model, one conversation at a time."""

    takes_turns: Final = True
    available: Final = True

    def __init__(
        self, model: DuplexModel, vad: VadEngine, stt: SpeechToText, language: str,
        session_seconds: float,
    ) -> None:  # fmt: skip
        """`vad` finds that a person speaks, and `stt` what; a model tells neither.

        A conversation lasts `session_seconds` at most; the next sentence begins another one.
        """
        self._model = model
        self._vad = vad
        self._stt = stt
        self._language = language
        self._session_seconds = session_seconds
        self._line: Line | None = None

    async def attend(self, sound: Sound) -> AsyncIterator[Found]:
        """Let the model hear along. Ends when the time is over; raises EngineError."""
        async with self._model.open() as link:
            self._line = line = Line(link, sound, self._vad, self._session_seconds)
            try:
                async with aclosing(line.found()) as found:
                    async for one in found:
                        yield one
            finally:
                self._line = None

    async def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """What the model says now, or next. Raises StageFailure."""
        with stage("agent"):
            if self._line is None or utterance.samples is None:
                raise EngineError("the speech model has not heard it")
            language = utterance.language or self._language
            writing = asyncio.create_task(self._write_down(utterance.samples, language))
            try:
                async with aclosing(_answer(self._line, writing)) as items:
                    async for item in items:
                        yield item
            finally:
                await end(writing)

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """It hears itself, and when it was interrupted."""

    async def _write_down(self, samples: Samples, language: str) -> Transcript | None:
        try:
            written = await self._stt.transcribe(samples, language)
        except EngineError as error:
            _LOGGER.warning("what was said is not written down [%s]: %s", error.code, error)
            return None
        return written if written.text else None


async def _answer(
    line: Line, writing: "asyncio.Task[Transcript | None]"
) -> AsyncGenerator[Item, None]:
    begun = told = False
    async with aclosing(line.reply()) as parts:
        async for part in parts:
            if not begun:
                begun = True
                yield Heeded()
            if writing.done() and not told:
                told = True
                if written := writing.result():
                    yield written
            yield part
    if not begun:
        # It was nothing, or nothing that the model has something to say to.
        yield Heeded(addressed=False)
    elif not told:
        await asyncio.wait({writing}, timeout=_LATE_SECONDS)
        if writing.done() and (written := writing.result()):
            yield written
    yield Done(continue_listening=begun)
