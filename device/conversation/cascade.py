"""The local chain: speech to text, agent, actions, text to speech."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Final

from device.conversation.base import (
    ActionStarted,
    Done,
    Item,
    ReplyAudio,
    ReplyPart,
    Utterance,
    stage,
)  # fmt: skip
from device.dialog.base import Answer, ConversationAgent, DialogContext
from device.dialog.sentences import split_sentences
from device.dialog.speakable import speakable
from device.executor import Executor
from device.home.actions import Actuator
from device.home.base import Confirmation
from device.pipeline.base import SpeechToText, Voices
from device.pipeline.tts.ahead import speak_ahead
from device.types import Action, Intent, Outcome, Transcript

CONFIRMED_BEFORE_SECONDS: Final = 0.25
"""The reply waits so long for the home to confirm."""


class Cascade:
    """Answers with the engines on the device."""

    owns_turns = False

    def __init__(
        self, stt: SpeechToText, agent: ConversationAgent, home: Actuator, voices: Voices,
        executor: Executor, language: str, area: str = "",
    ) -> None:  # fmt: skip
        self._stt = stt
        self._agent = agent
        self._home = home
        self._voices = voices
        self._executor = executor
        self._language = language
        self._area = area
        self._last_reply = ""
        self._pending: Intent | None = None
        self._early: asyncio.Task[Transcript] | None = None
        self._early_stop = 0

    async def anticipate(self, utterance: Utterance) -> bool:
        """Understand what was said so far; tells whether it is a whole command."""
        early = asyncio.create_task(self._understand(utterance), name="anticipate")
        self._early, self._early_stop = early, utterance.stop_sample
        await asyncio.wait([early])
        if early.cancelled() or early.exception() is not None:
            return False
        heard = early.result()
        return await self._executor.run(lambda: self._agent.understands(heard.text, heard.language))

    async def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """Answer one utterance. Raises StageFailure."""
        transcript = await (self._anticipated(utterance) or self._understand(utterance))
        yield transcript
        with stage("agent"):
            answer = await self._answer(transcript)
        if answer.intent is not None:
            yield answer.intent
        started = []
        for action in answer.actions:
            started.append(await self._start(action, answer.language))
            yield started[-1]
        for request in answer.requests:
            yield request
        text = await self._reply(answer, [item.confirmation for item in started])
        yield ReplyPart(text)
        self._last_reply = text or self._last_reply
        if utterance.spoken:
            async for audio in self._speak(text, answer.language, utterance.voice):
                yield audio
        yield Done(answer.continue_listening)

    async def say(self, text: str, language: str = "", voice: str = "") -> AsyncIterator[Item]:
        """Speak a text of our own. Raises StageFailure."""
        yield ReplyPart(text)
        async for audio in self._speak(text, language or self._language, voice):
            yield audio
        yield Done()

    def explain(self, code: str, language: str = "") -> str:
        """Words for a failure with this code."""
        return self._agent.explain(code, language or self._language)

    def _anticipated(self, utterance: Utterance) -> asyncio.Task[Transcript] | None:
        early, self._early = self._early, None
        said_no_more = utterance.samples is not None and utterance.stop_sample == self._early_stop
        return early if said_no_more else None

    async def _understand(self, utterance: Utterance) -> Transcript:
        language = utterance.language or self._language
        if utterance.samples is None:
            return Transcript(utterance.text, language, engine="typed")
        with stage("stt"):
            return await self._stt.transcribe(utterance.samples, language)

    async def _answer(self, transcript: Transcript) -> Answer:
        context = DialogContext(self._area, self._last_reply, self._pending)
        answer = await self._executor.run(
            lambda: self._agent.answer(transcript.text, transcript.language, context)
        )
        self._pending = answer.confirm
        return answer

    async def _start(self, action: Action, language: str) -> ActionStarted:
        with stage("home"):
            confirmation = await self._home.start(action)
        complaint = self._agent.explain("no_answer", language, name=action.entity)
        return ActionStarted(action, confirmation, complaint)

    async def _reply(self, answer: Answer, confirmations: Sequence[Confirmation]) -> str:
        waits = (one.within(CONFIRMED_BEFORE_SECONDS) for one in confirmations)
        outcomes = await asyncio.gather(*waits)
        if Outcome.FAILED in outcomes:
            return self._agent.explain("broker_unreachable", answer.language)
        return answer.text

    async def _speak(self, text: str, language: str, voice: str) -> AsyncIterator[ReplyAudio]:
        with stage("tts"):
            tts = await self._voices.find(language, voice)
            async with aclosing(speak_ahead(tts, _sentences(text, language))) as audio:
                async for chunk in audio:
                    yield ReplyAudio(chunk)


async def _sentences(text: str, language: str) -> AsyncIterator[str]:
    for sentence in split_sentences(text, language, first_clause=True):
        yield speakable(sentence, language)
