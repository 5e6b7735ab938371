"""Lets a conversation that takes turns by itself hear along, and posts what it makes of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from device import effects as do
from device import events as e
from device.audio.format import RATE, SAMPLES_PER_MS, Samples
from device.audio.timeline import Timeline
from device.conversation.base import Conversation, Sound, TurnTaker
from device.errors import DeviceError, EngineError
from device.events import BargeIn, TurnState
from device.hearing import Hearing
from device.moves import Playing, Turn
from device.pipeline.vad.endpoint import EndpointSettings, Reason, SpeechStarted, TurnEnded
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
_QUIET_SAMPLES: Final = RATE * 7 // 10
"""Quiet after the wake word that tells that the person waits for the chime: it takes a moment
until somebody elsewhere has told that speech has begun."""
_LOOK_SAMPLES: Final = RATE // 5
"""So often it is looked again whose voice it is."""
_DEAF_SECONDS: Final = 5.0
"""A microphone that gives nothing for so long is left to those who say so."""


@dataclass(slots=True)
class _Sentence:
    """The one that is awaited."""

    turn_id: int
    begin: int
    """It is not before this sample."""
    start_sample: int | None
    """What is to be understood begins there; None: with the speech."""
    patience_samples: int
    on_quiet: Callable[[], None] | None
    spoke_at: int | None = None
    """First sample of the speech; None: nobody has spoken."""
    over: asyncio.Future[None] = field(default_factory=asyncio.Future)


class Attending:
    """Keeps one line open, from a wake word until the turn rests."""

    def __init__(
        self, timeline: Timeline, hearing: Hearing, conversation: Conversation,
        post: Callable[[e.Event], None], limits: EndpointSettings,
        is_ours: Callable[[int, int], bool] = lambda _start, _stop: False,
    ) -> None:  # fmt: skip
        """`is_ours`: whether what was heard in samples start..stop is only what we played."""
        self._timeline = timeline
        self._hearing = hearing
        self._conversation = conversation
        self._post = post
        self._limits = limits
        self._is_ours = is_ours
        self._turn = Turn()
        self._line: asyncio.Task[None] | None = None
        self._opened_for: tuple[TurnTaker | None, str, str] = (None, "", "")
        self._sentence: _Sentence | None = None
        self._speech: SpeechStarted | None = None
        self._told: SpeechStarted | None = None
        """What belongs to a sentence, or has interrupted already."""
        self._looked_at = 0
        self._missed: TurnEnded | None = None

    async def hear(
        self, turn_id: int, listen: do.Listen, language: str, voice: str,
        on_quiet: Callable[[], None] | None,
    ) -> bool:  # fmt: skip
        """Hear one sentence and post its end, or that nobody spoke; False: it must be heard here.

        `on_quiet` is called once when the person says nothing right after the wake word.
        """
        taker = self._conversation.owns_turns
        if taker is None or self._turn.asked is not None:
            if not (listen.follow_up or listen.interrupting):
                self._hang_up()
            return False
        begin = self._timeline.end if listen.start_sample is None else listen.start_sample
        patience = round(listen.patience_seconds * RATE)
        patience = patience or self._limits.no_speech_ms * SAMPLES_PER_MS
        sentence = _Sentence(turn_id, begin, listen.start_sample, patience, on_quiet)
        await self._open(taker, begin, language, voice)
        self._sentence = sentence
        self._catch_up()
        try:
            return await self._await(sentence.over)
        except DeviceError as error:
            _LOGGER.warning("heard here from now on [%s]: %s", error.code, error)
            return False
        finally:
            self._sentence = None

    async def follow(self, turn: Turn) -> None:
        """Know where the turn stands; where it rests the line is closed."""
        self._turn = turn
        if turn.state is TurnState.IDLE or turn.playing in (Playing.ANNOUNCEMENT, Playing.RINGING):
            await self.end()

    async def end(self) -> None:
        """Close the line; idempotent."""
        line, self._line = self._line, None
        self._speech = self._missed = None
        await end(line)

    def _hang_up(self) -> None:
        """Somebody else was called; he is not kept waiting for that."""
        if self._line is not None:
            self._line.cancel()

    async def _await(self, over: asyncio.Future[None]) -> bool:
        """Wait for the end of the sentence; False when the microphone gives nothing any more."""
        while not over.done():
            before = self._timeline.end
            await asyncio.wait({over}, timeout=_DEAF_SECONDS)
            if self._timeline.end == before and not over.done():
                return False
        over.result()
        return True

    async def _open(self, taker: TurnTaker, begin: int, language: str, voice: str) -> None:
        if self._line is not None and not self._line.done():
            if self._opened_for == (taker, language, voice):
                return
            await self.end()
        self._opened_for = (taker, language, voice)
        sound = Sound(begin, self._blocks(begin), language, voice)
        self._line = asyncio.create_task(self._attend(taker, sound), name="attend")

    async def _attend(self, taker: TurnTaker, sound: Sound) -> None:
        failed: DeviceError = EngineError("the conversation has ended")
        try:
            found: Any = taker.attend(sound)
            async with aclosing(found):
                async for one in found:
                    self._take(one)
        except DeviceError as error:
            failed = error
        except Exception as error:
            _LOGGER.exception("nobody hears along any more")
            failed = EngineError(f"nobody hears along any more: {error}")
        if self._sentence is not None and not self._sentence.over.done():
            self._sentence.over.set_exception(failed)

    async def _blocks(self, begin: int) -> AsyncIterator[Samples]:
        position = begin
        async with aclosing(self._hearing.sound(begin)) as sound:
            async for block in sound:
                position += len(block)
                self._count(position)
                yield block if self._may_be_heard else np.zeros_like(block)
        self._close(position)

    @property
    def _may_be_heard(self) -> bool:
        """Whether what is said now may interrupt, or nothing is there to be interrupted."""
        answering = self._turn.state in (TurnState.PROCESSING, TurnState.RESPONDING)
        return not answering or self._turn.mode is BargeIn.FULL

    def _take(self, found: SpeechStarted | TurnEnded) -> None:
        sentence = self._sentence
        match found:
            case SpeechStarted():
                self._speech = found
                if sentence is not None:
                    self._begun(sentence, found)
                else:
                    self._interrupt(found.start_sample)
            case TurnEnded():
                self._speech = None
                if sentence is None:
                    self._missed = found
                elif found.stop_sample > sentence.begin:
                    self._ended(sentence, found)

    def _catch_up(self) -> None:
        """Tell the sentence what was found before anybody waited for it."""
        sentence, missed = self._sentence, self._missed
        assert sentence is not None
        self._missed = None
        if self._speech is not None:
            self._begun(sentence, self._speech)
        elif missed is not None and missed.stop_sample > sentence.begin:
            self._ended(sentence, missed)

    def _begun(self, sentence: _Sentence, speech: SpeechStarted) -> None:
        self._told = speech
        if sentence.spoke_at is None:
            sentence.spoke_at = max(sentence.begin, speech.start_sample)
            self._post(e.SpeechStarted(turn_id=sentence.turn_id, at=self._timeline.seconds))

    def _interrupt(self, start_sample: int) -> None:
        """Tell that somebody speaks over us, unless it is our own voice that is heard elsewhere."""
        turn, now = self._turn, self._timeline.end
        self._looked_at = now
        if turn.state not in (TurnState.PROCESSING, TurnState.RESPONDING):
            return
        if self._is_ours(max(start_sample, now - RATE), now):
            return
        self._told = self._speech
        self._post(e.Interrupted(by="speech", start_sample=start_sample, turn_id=turn.turn_id))

    def _ended(self, sentence: _Sentence, found: TurnEnded) -> None:
        if sentence.over.done():
            return
        begin = found.start_sample if sentence.start_sample is None else sentence.start_sample
        self._post(
            e.TurnEnded(
                turn_id=sentence.turn_id, at=self._timeline.seconds, reason=found.reason,
                start_sample=begin, stop_sample=found.stop_sample,
                speech_stop_sample=found.speech_stop_sample, decided_sample=self._timeline.end,
            )
        )  # fmt: skip
        sentence.over.set_result(None)

    def _close(self, position: int) -> None:
        """Nothing more will be heard."""
        sentence = self._sentence
        if sentence is None or sentence.over.done():
            return
        if sentence.spoke_at is None:
            self._nobody_spoke(sentence, position)
        else:
            start = sentence.spoke_at
            self._ended(sentence, TurnEnded(start, position, start, position, Reason.CLOSED))

    def _count(self, position: int) -> None:
        """What nobody elsewhere tells: that nobody speaks, or somebody for too long."""
        sentence = self._sentence
        if sentence is None:
            self._look_again()
            return
        if sentence.over.done():
            return
        if sentence.spoke_at is not None:
            if position - sentence.spoke_at >= self._limits.max_ms * SAMPLES_PER_MS:
                start = sentence.spoke_at
                cut = TurnEnded(start, position, start, position, Reason.MAX_LENGTH)
                self._ended(sentence, cut)
            return
        quiet = position - sentence.begin
        if sentence.on_quiet is not None and quiet >= _QUIET_SAMPLES:
            sentence.on_quiet()
            sentence.on_quiet = None
        if quiet >= sentence.patience_samples:
            self._nobody_spoke(sentence, position)

    def _look_again(self) -> None:
        """What began as our own voice may be somebody's by now."""
        speech = self._speech
        again = self._timeline.end - self._looked_at >= _LOOK_SAMPLES
        if again and speech is not None and speech is not self._told:
            self._interrupt(speech.start_sample)

    def _nobody_spoke(self, sentence: _Sentence, position: int) -> None:
        self._post(e.NoSpeech(turn_id=sentence.turn_id, at=position / RATE))
        sentence.over.set_result(None)
