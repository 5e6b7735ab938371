"""The conversation of one door: an engine that hears and speaks by itself, and the local chain.

The local chain answers whatever the engine does not: while it cannot be reached, when it drops in
the middle of a turn, what answers a question of ours, and what is said at the speaker in passing.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Final, Protocol, cast

from device.audio.format import RATE, Samples
from device.breaker import Breaker, BreakerState
from device.conversation.base import (
    ActionStarted,
    Aside,
    Conversation,
    Done,
    Heeded,
    Item,
    Meaning,
    ReplyPart,
    Sound,
    StageFailure,
    TurnTaker,
    Utterance,
)
from device.dialog.base import RequestKind, SpeakerRequest
from device.errors import DeviceError
from device.events import StartConversation
from device.pipeline.base import Partial
from device.pipeline.vad.endpoint import SpeechStarted, TurnEnded
from device.types import Intent, Transcript

_LOGGER = logging.getLogger(__name__)
_REST_SECONDS: Final = 30.0
"""An engine that failed is left alone for so long at first."""
_PASSING_SAMPLES: Final = 3 * RATE
"""A stop word or a word of agreement that nothing else is said with is never longer."""


class Engine(Protocol):
    """Hears and speaks by itself: a session in the cloud, a duplex model."""

    @property
    def takes_turns(self) -> bool:
        """Whether it is a `TurnTaker` too; else it gets every sentence whole."""
        ...

    @property
    def available(self) -> bool:
        """Whether it may be asked now: what it may use today is not used up."""
        ...

    def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """The answer to the turn that has just ended, or to typed text. Raises StageFailure."""
        ...

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """What of its last answer was heard, whether that is all of it, and how long."""
        ...


class LocalChain(Conversation, Protocol):
    """What answers here."""

    @property
    def awaits_answer(self) -> bool:
        """Whether it has asked something."""
        ...

    def remember(self, said: str) -> None:
        """Somebody else answers this sentence; `heard` tells with what."""
        ...

    def repeat(self, reply: str, *, spoken: bool) -> None:
        """Somebody else answered with these words; what is only read counts as heard."""
        ...


class Door:
    """Asks the engine first."""

    def __init__(self, local: LocalChain, engine: Engine, *, reads: bool = True) -> None:
        """`reads`: the engine answers what is typed too."""
        self._local = local
        self._engine = engine
        self._reads = reads
        self._breaker = Breaker(failures=1, rest_seconds=_REST_SECONDS)
        self._attends = False
        self._answers = False
        """Whether the engine gave the last answer."""

    @property
    def owns_turns(self) -> TurnTaker | None:
        """The engine, while it can be reached and nothing is asked here."""
        ours = self._reachable and not self._local.awaits_answer
        return self if ours and self._engine.takes_turns else None

    async def attend(self, sound: Sound) -> AsyncIterator[SpeechStarted | TurnEnded]:
        """Let the engine hear along. Raises EngineError when it cannot any more."""
        self._breaker.allows(_now())
        found: Any = cast(TurnTaker, self._engine).attend(sound)
        self._attends = True
        try:
            async with aclosing(found):
                async for one in found:
                    self._breaker.succeeded()
                    yield one
        except DeviceError:
            self._breaker.failed(_now())
            raise
        finally:
            self._attends = False

    async def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """Answer one utterance. Raises StageFailure."""
        self._answers = False
        if not self._is_for_engine(utterance):
            async with aclosing(_generator(self._local.respond(utterance))) as items:
                async for item in items:
                    yield item
            return
        aside = await self._in_passing(utterance)
        if aside is Meaning.STOP:
            for item in (Heeded(), SpeakerRequest(RequestKind.STOP), Done()):
                yield item
            return
        if aside is Meaning.AGREEMENT:
            yield Heeded(addressed=False)
            return
        async with aclosing(self._by_engine(utterance)) as items:
            async for item in items:
                yield item

    async def _by_engine(self, utterance: Utterance) -> AsyncGenerator[Item, None]:
        """Its answer, and where it breaks off the local one."""
        account = _Account()
        self._answers = True
        try:
            async with aclosing(_generator(self._engine.respond(utterance))) as items:
                async for item in items:
                    account.take(item)
                    self._note(item, utterance.spoken)
                    yield item
            return
        except StageFailure as failure:
            _LOGGER.warning("answered here from now on [%s]: %s", failure.error.code, failure)
            self._breaker.failed(_now())
            code = failure.error.code
        self._answers = False
        if account.ignored:
            return
        if account.acted:
            # It would be done twice.
            said = self._local.say(self._local.explain(code, utterance.language),
                                   utterance.language, utterance.voice)  # fmt: skip
        else:
            said = self._local.respond(utterance)
        async with aclosing(_generator(said)) as items:
            async for item in items:
                if not account.knows(item):
                    yield item

    def _note(self, item: Item, spoken: bool) -> None:
        """Keep what was said, for whoever answers next."""
        if isinstance(item, Transcript):
            self._local.remember(item.text)
        elif isinstance(item, ReplyPart) and item.is_final:
            self._local.repeat(item.text, spoken=spoken)

    @property
    def _reachable(self) -> bool:
        resting = self._breaker.state is BreakerState.OPEN
        rested = not resting or self._breaker.rests_seconds(_now()) == 0.0
        return rested and self._engine.available

    def _is_for_engine(self, utterance: Utterance) -> bool:
        ours = utterance.asked is not None and utterance.asked.question_id
        if utterance.samples is None:
            perceives = self._reads
        else:
            perceives = self._attends or not self._engine.takes_turns
        wanted = perceives and utterance.answered and not ours
        return wanted and self._reachable and not self._local.awaits_answer

    async def _in_passing(self, utterance: Utterance) -> Meaning:
        """What was meant by something short that nobody began with a wake word."""
        samples = utterance.samples
        if utterance.addressed or samples is None or len(samples) > _PASSING_SAMPLES:
            return Meaning.COMMAND
        try:
            return (await self._local.overhear_reply(samples, utterance.asked)).meaning
        except DeviceError as error:
            _LOGGER.warning("what was said in passing is lost [%s]: %s", error.code, error)
            return Meaning.NOTHING

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """What of the last answer's words was heard."""
        if self._answers:
            self._engine.heard(text, completed, seconds)
        self._local.heard(text, completed, seconds)

    async def anticipate(self, utterance: Utterance) -> float | None:
        """Understand what was said so far, where it is understood here."""
        return await self._local.anticipate(utterance)

    async def follow(self, utterance: Utterance) -> Partial:
        """Understand along, where it is understood here."""
        return await self._local.follow(utterance)

    async def dismiss(self) -> None:
        """Nobody waits any more for what was said so far."""
        await self._local.dismiss()

    def say(self, text: str, language: str = "", voice: str = "") -> AsyncIterator[Item]:
        """Speak a text of our own. Raises StageFailure."""
        self._answers = False
        return self._local.say(text, language, voice)

    async def overhear(self, samples: Samples) -> Aside:
        """STOP or SNOOZE when that is what was said while something rings. Raises EngineError."""
        return await self._local.overhear(samples)

    async def overhear_reply(
        self, samples: Samples, asked: StartConversation | None = None
    ) -> Aside:
        """What was meant by something short that was said over a reply. Raises EngineError."""
        return await self._local.overhear_reply(samples, asked)

    def explain(self, code: str, language: str = "") -> str:
        """Words for a failure with this code."""
        return self._local.explain(code, language)


class _Account:
    """What came of an answer so far."""

    def __init__(self) -> None:
        self.told = False
        """What was said is known in words."""
        self.heeded = False
        self.ignored = False
        """It was not meant for the speaker."""
        self.acted = False
        """Something was done in the home."""

    def knows(self, item: Item) -> bool:
        """Whether the same was told before."""
        told = isinstance(item, Transcript) and self.told
        return told or (isinstance(item, Heeded) and self.heeded)

    def take(self, item: Item) -> None:
        match item:
            case Heeded(addressed=addressed):
                self.heeded, self.ignored = True, not addressed
            case Transcript():
                self.told = True
            case ActionStarted() | Intent() | SpeakerRequest():
                self.acted = True


def _now() -> float:
    return asyncio.get_running_loop().time()


def _generator(items: AsyncIterator[Item]) -> Any:
    """It can be closed; the Protocol does not say so."""
    return items
