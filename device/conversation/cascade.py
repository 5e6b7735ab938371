"""The local chain: speech to text, agent, actions, text to speech."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from device.audio.format import Samples
from device.conversation.answering import Answering
from device.conversation.aside import Asides
from device.conversation.base import (
    ActionStarted,
    Aside,
    Done,
    Heeded,
    Item,
    ReplyAudio,
    ReplyPart,
    StageFailure,
    Utterance,
    stage,
)  # fmt: skip
from device.conversation.carrying import Carrying
from device.conversation.correcting import Corrects, NoCorrecting
from device.conversation.filler import fill
from device.conversation.hands import Elsewhere, Handled, Hands, Tools
from device.conversation.others import Others
from device.conversation.saying import Saying
from device.conversation.tongues import Tongues
from device.conversation.turn_model import TurnModel, second_opinion
from device.conversation.understanding import Understanding
from device.dialog.base import (
    Answer,
    AnswerStream,
    ConversationAgent,
    Fallback,
    Hearer,
    Thinker,
    ToolCall,
)
from device.dialog.completeness import over
from device.dialog.history import History
from device.dialog.prompts import filler
from device.errors import EngineError
from device.events import StartConversation
from device.executor import Executor
from device.home.actions import Actuator
from device.pipeline.base import Partial, SpeechToText, Voices
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)
_WORTH_ASKING: Final = 0.2
"""How likely a sentence must be over for somebody else to think about it already."""


class Cascade:
    """Answers with the engines on the device."""

    owns_turns = None

    def __init__(
        self, stt: SpeechToText, agent: ConversationAgent, home: Actuator, voices: Voices,
        executor: Executor, language: str, area: str = "", fallback: Fallback | None = None,
        model: Thinker | None = None, history: History | None = None, filler_seconds: float = 0.0,
        turn_model: TurnModel | None = None, early: bool = True, tools: Tools | None = None,
        least_confidence: float = 0.0, languages: Sequence[str] = (),
        correcting: Corrects | None = None, elsewhere: Elsewhere | None = None,
        hearer: Hearer | None = None,
    ) -> None:  # fmt: skip
        """`fallback` is asked what `agent` does not understand, `hearer`, and then `model`, which
        may use `tools` and what is `elsewhere`, and is not asked what was understood with less
        than `least_confidence`.

        Besides `language` those of `languages` may be spoken: which one is found out.
        `turn_model` is asked at pauses at which words do not tell whether the sentence is over.
        `early`: sentences are understood while they are said and at each pause.
        "One moment" is said when nothing is heard `filler_seconds` after a sentence; 0: never.
        """
        self._agent = agent
        self._hands = Hands(home, agent.explain, executor, tools, area, elsewhere)
        self._saying = Saying(voices, language, agent.explain)
        self._executor = executor
        self._tongues = Tongues(language, languages, agent.understands, executor)
        self._others = Others(agent.explain, fallback, model, least_confidence, hearer)
        self._history = history or History()
        self._filler_seconds = filler_seconds
        self._turn_model = turn_model
        self._answering = Answering(agent, self._others, executor, self._history, area)
        self.correcting = correcting or NoCorrecting()
        """Reads what open vocabularies understood as names one knows."""
        expected = self._answering.expected
        self._understanding = Understanding(
            stt, self._tongues, expected, self.correcting, early=early
        )
        self._asides = Asides(self._understanding.at_home, agent, executor, languages)

    async def anticipate(self, utterance: Utterance) -> float | None:
        """Understand what was said so far; how likely that is all."""
        heard = await self._understanding.guess(utterance)
        if heard is None:
            return None
        try:
            return await self._over(utterance, heard)
        except (EngineError, StageFailure):  # too much to do: the person is waited for
            return None

    async def follow(self, utterance: Utterance) -> Partial:
        """Understand along while the person speaks."""
        return await self._understanding.follow(utterance)

    async def dismiss(self) -> None:
        """Nobody waits any more for what was said so far."""
        await self._understanding.dismiss()

    def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """Answer one utterance. Raises StageFailure."""
        items = self._respond(utterance)
        if utterance.samples is None or not (utterance.answered and self._filler_seconds):
            return items
        return fill(items, partial(self._one_moment, utterance.voice), self._filler_seconds)

    def _one_moment(self, voice: str) -> AsyncIterator[ReplyAudio]:
        """The filler, in the language of what was said."""
        language = self._tongues.heard
        return self._saying.whole(filler(language), language, voice)

    async def _respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        transcript = await self._understanding.whole(utterance)
        self._tongues.heard = transcript.language or self._tongues.own
        yield transcript
        if utterance.asked is not None and utterance.asked.question_id:
            yield Heeded()
            yield await self._answering.answered(utterance.asked, transcript.text)
            return
        with stage("agent"):
            addressed = await self._answering.is_for_us(utterance, transcript)
        yield Heeded(addressed)
        if not (addressed and utterance.answered):
            return
        with stage("agent"):
            answer = await self._answering.answer(transcript, utterance.samples)
        if answer.intent is not None:
            yield answer.intent
        started = await self._hands.start(answer.actions, answer.language)
        for one in started:
            yield one
        for request in answer.requests:
            yield request
        saying = (
            self._said(answer, started, utterance)
            if answer.stream is None
            else self._carried(answer.stream, answer.language, utterance)
        )
        async with aclosing(saying) as parts:
            async for part in parts:
                if isinstance(part, ReplyPart):
                    self._note(part, utterance.spoken)
                yield part

    async def _said(
        self, answer: Answer, started: Sequence[ActionStarted], utterance: Utterance
    ) -> AsyncGenerator[Item, None]:
        """An answer that is all there."""
        failed = await self._hands.failed(started)
        text = self._agent.explain("broker_unreachable", answer.language) if failed else answer.text
        told = self._saying.tell(text, answer.language, utterance.voice, spoken=utterance.spoken)
        async with aclosing(told) as parts:
            async for part in parts:
                yield part
        yield Done(answer.continue_listening)

    async def _carried(
        self, stream: AnswerStream, language: str, utterance: Utterance
    ) -> AsyncGenerator[Item, None]:
        """An answer that is still being made, and what it wants done."""
        async with aclosing(Carrying(stream, self._hands, language)) as words:
            told = self._saying.tell(words, language, utterance.voice, spoken=utterance.spoken)
            try:
                async with aclosing(words.beside(told)) as items:
                    async for item in items:
                        self._note_question(item, words)
                        yield item
            finally:
                self._answering.spoke_of(words.mention)
        yield Done(words.pending is not None)

    def _note_question(self, item: Item, words: Carrying) -> None:
        """A question is open as soon as some of it is heard or read, and not before."""
        if isinstance(item, ReplyAudio | ReplyPart) and words.pending is not None:
            told = item.text.strip()
            if told and (told in words.question or words.question in told):
                self._answering.ask(words.pending)

    def _note(self, part: ReplyPart, spoken: bool) -> None:
        """Keep what was answered, to say it again; what is read and not spoken counts as heard."""
        if part.is_final:
            self._answering.last_reply = part.text or self._answering.last_reply
            if not spoken:
                self._history.heard(part.text)

    def heard(self, text: str, completed: bool, seconds: float = 0.0) -> None:
        """What of the last answer's words was heard."""
        self._history.heard(text, completed=completed)
        if text and not completed:
            self._answering.last_reply = text

    async def act(
        self, calls: Sequence[ToolCall], language: str, tell: Callable[[Item], None]
    ) -> Handled:
        """Do what somebody else's model wants; the next sentence answers what that makes us ask."""
        handled = await self._hands.call(calls, language, tell)
        if handled.asks is not None and handled.asks.pending is not None:
            self._answering.ask(handled.asks.pending)
        return handled

    @property
    def awaits_answer(self) -> bool:
        """Whether the speaker has asked something just now."""
        return bool(self._answering.expected(None))

    def remember(self, said: str) -> None:
        """Somebody else answers this sentence; `heard` tells with what."""
        self._history.add(said)

    def repeat(self, reply: str, *, spoken: bool) -> None:
        """Somebody else answered with these words; what is only read counts as heard."""
        self._note(ReplyPart(reply), spoken)

    def forget(self) -> None:
        """The conversation is over and was never held."""
        self._history.forget()
        self._answering.last_reply = ""

    async def overhear(self, samples: Samples) -> Aside:
        """STOP or SNOOZE when that is what was said while something rings. Raises EngineError."""
        return await self._asides.while_ringing(samples, self._tongues.own)

    async def overhear_reply(
        self, samples: Samples, asked: StartConversation | None = None
    ) -> Aside:
        """What was meant by something short that was said over a reply. Raises EngineError."""
        answers = self._answering.expected(asked)
        return await self._asides.over_reply(samples, self._tongues.own, answers)

    def speak_in(self, language: str, voice: str) -> None:
        """From now on, speak this language where no other is asked for, in this voice."""
        self._tongues.own = language
        self._saying.speak_in(language, voice)

    async def say(self, text: str, language: str = "", voice: str = "") -> AsyncIterator[Item]:
        """Speak a text of our own. Raises StageFailure."""
        told = self._saying.tell(text, language or self._tongues.own, voice)
        async with aclosing(told) as parts:
            async for part in parts:
                yield part
        yield Done()

    def explain(self, code: str, language: str = "") -> str:
        """Words for a failure with this code."""
        return self._agent.explain(code, language or self._tongues.own)

    async def _over(self, utterance: Utterance, heard: Transcript) -> float | None:
        if utterance.asked is not None and utterance.asked.question_id:
            return (
                1.0
                if (await self._answering.answered(utterance.asked, heard.text)).answer_id
                else None
            )
        understands = partial(self._agent.understands, heard.text, heard.language)
        known = await self._executor.run(understands)
        told = over(heard, known)
        if utterance.addressed and not known and (told is None or told >= _WORTH_ASKING):
            self._others.begin(heard)
        if utterance.samples is None or not utterance.addressed:
            # Who was not called is told nothing, and a turn model may ask others.
            return told
        return await second_opinion(self._turn_model, utterance.samples, heard, told)
