"""A whole conversation with a model that hears and speaks: the OpenAI Realtime protocol.

One session lasts from the wake word until the turn rests, and knows what was said before. The
service finds the end of what is said; the answer is asked for here, once it is known that it is
wanted and what was heard of the one before.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.config import RealtimeConfig
from device.conversation import realtime_events as wire
from device.conversation.base import (
    Done,
    Heeded,
    Item,
    ReplyAudio,
    ReplyPart,
    Sound,
    Utterance,
    stage,
)
from device.conversation.hands import Handled
from device.conversation.json_socket import json_socket
from device.conversation.realtime_session import RealtimeSession
from device.conversation.speech_tools import MOST_ROUNDS, TRANSCRIPT_SECONDS, Tools
from device.conversation.spoken_words import A_LITTLE_SILENCE, SpokenWords
from device.dialog.base import ToolCall
from device.dialog.history import Exchange
from device.dialog.prompts import system_prompt
from device.dialog.quoting import as_data
from device.direct import socket_base
from device.errors import EngineError
from device.outside import Outside, Unit
from device.pipeline.vad.endpoint import SpeechStarted, TurnEnded
from device.tasks import end
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)

SERVICE: Final = "realtime"
"""Its name where what was used is counted."""
_LATE_SECONDS: Final = 1.0
"""The words of what was said may come so much after the answer to it."""
_ASK: Final = "Ask the person exactly this, in these words, and say nothing else: {}"


@dataclass(frozen=True, slots=True)
class Account:
    """Where the service is."""

    base_url: str
    key: str
    """Empty: it asks for none."""

    @property
    def address(self) -> str:
        """Of the WebSocket, without the model."""
        return f"{socket_base(self.base_url)}/realtime"


class Realtime:
    """One account, one session at a time."""

    takes_turns = True

    def __init__(
        self, config: RealtimeConfig, account: Account, language: str, outside: Outside,
        tools: Tools, said_before: Callable[[], Sequence[Exchange]],
        spent_today: Callable[[], float] = lambda: 0.0,
    ) -> None:  # fmt: skip
        """`said_before`: the last turns, whoever answered them; `spent_today`: tokens."""
        self._config = config
        self._account = account
        self._language = language
        self._outside = outside
        self._tools = tools
        self._said_before = said_before
        self._spent_today = spent_today
        self._session: RealtimeSession | None = None

    @property
    def available(self) -> bool:
        """Whether the day's tokens are not used up."""
        return not self._config.tokens_per_day or self._spent_today() < self._config.tokens_per_day

    async def attend(self, sound: Sound) -> AsyncIterator[SpeechStarted | TurnEnded]:
        """Let the service hear along. Ends at the session's limits; raises EngineError."""
        async with self._opened(sound.language, sound.start_sample) as session:
            pumping = asyncio.create_task(_pump(sound.blocks, session), name="realtime-sound")
            self._session = session
            ends = asyncio.get_running_loop().time() + self._config.session_seconds
            try:
                while (found := await self._found(session, ends)) is not None:
                    yield found
            finally:
                self._session = None
                await end(pumping)

    async def _found(
        self, session: RealtimeSession, ends: float
    ) -> SpeechStarted | TurnEnded | None:
        """What the service finds next; None when the session has lasted long enough."""
        while True:
            spent = self._config.session_tokens and session.tokens >= self._config.session_tokens
            if spent and not session.answering:
                return None
            try:
                # Tokens are counted at the end of an answer, while this waits.
                async with asyncio.timeout(1.0):
                    return await session.found()
            except TimeoutError:
                if asyncio.get_running_loop().time() >= ends and not session.answering:
                    _LOGGER.info("the session has lasted long enough")
                    return None

    async def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """The answer to the turn that has just ended, or to typed text. Raises StageFailure."""
        with stage("agent"):
            if self._session is not None:
                async with aclosing(self._answer(self._session, utterance)) as items:
                    async for item in items:
                        yield item
                return
            if utterance.samples is not None:
                raise EngineError("nobody at the service has heard it")
            async with (
                self._opened(utterance.language) as session,
                aclosing(self._answer(session, utterance)) as items,
            ):
                async for item in items:
                    yield item

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """What of its last answer was heard; the service forgets the rest."""
        if self._session is not None and not completed:
            try:
                self._session.truncate(seconds)
            except EngineError as error:
                _LOGGER.warning("the service believes that all of it was heard: %s", error)

    @asynccontextmanager
    async def _opened(self, language: str, begin_sample: int = 0) -> AsyncIterator[RealtimeSession]:
        config, language = self._config, language or self._language
        instructions = f"{system_prompt(language)}\n{self._tools.premises()}"
        setup = wire.Setup(
            instructions, config.voice, config.transcription, language.split("-")[0],
            config.silence_ms, self._tools.definitions(),
        )  # fmt: skip
        url = f"{self._account.address}?model={quote(config.model)}"
        key = self._account.key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with json_socket(url, headers, self._outside) as socket:
            session = RealtimeSession(socket, setup, self._spend, begin_sample)
            reading = asyncio.create_task(session.run(), name="realtime")
            try:
                await session.begin(_told(self._said_before()))
                yield session
            finally:
                await end(reading)

    def _spend(self, unit: Unit, amount: float) -> None:
        self._outside.spend(SERVICE, unit, amount)

    async def _answer(
        self, session: RealtimeSession, utterance: Utterance
    ) -> AsyncGenerator[Item, None]:
        told = False
        async for known in self._understood(session, utterance):
            yield known
            told = told or isinstance(known, Transcript)
            if isinstance(known, Heeded) and not known.addressed:
                return
        language = utterance.language or self._language
        words = SpokenWords()
        session.begin_answer()
        try:
            async with aclosing(self._rounds(session, language, words)) as items:
                async for item in items:
                    if not told and session.transcript_so_far is not None:
                        yield _transcript(session.transcript_so_far, language)
                        told = True
                    yield item
        finally:
            if session.answering:
                session.cancel()
        if rest := words.rest():
            yield ReplyAudio(A_LITTLE_SILENCE, rest)
        if not told and (said := await session.transcript(_LATE_SECONDS)) is not None:
            yield _transcript(said, language)
        yield ReplyPart(words.text)
        yield Done(words.asks)

    async def _understood(
        self, session: RealtimeSession, utterance: Utterance
    ) -> AsyncIterator[Transcript | Heeded]:
        """What was said, as far as it must be known first, and whether it is for the speaker."""
        language = utterance.language or self._language
        if utterance.samples is None:
            session.say(wire.user_text(utterance.text))
            yield Transcript(utterance.text, language, engine="typed")
            yield Heeded()
            return
        session.end_turn()
        if utterance.addressed:
            yield Heeded()
            return
        said = await session.transcript(TRANSCRIPT_SECONDS)
        if said is not None:
            yield _transcript(said, language)
        yield Heeded(addressed=said != "")

    async def _rounds(
        self, session: RealtimeSession, language: str, words: SpokenWords
    ) -> AsyncGenerator[Item, None]:
        """Words and sound, and what the model does meanwhile."""
        instructions = ""
        for _ in range(MOST_ROUNDS):
            calls: tuple[ToolCall, ...] = ()
            async with aclosing(session.answers(instructions)) as events:
                async for event in events:
                    match event:
                        case wire.Words(text=text):
                            words.add(text)
                            yield ReplyPart(text, is_final=False)
                        case wire.Voice(samples=samples):
                            chunk = AudioChunk.from_samples(samples, wire.SPOKEN_RATE)
                            yield ReplyAudio(chunk, words.voiced(chunk.seconds))
                        case wire.ResponseDone(status="failed", reason=reason):
                            raise EngineError(f"the service fails to answer: {reason}")
                        case wire.ResponseDone():
                            calls = event.calls
            if not calls or words.asks_here:
                return
            items: list[Item] = []
            handled = await self._tools.call(calls, language, items.append)
            for item in items:
                yield item
            instructions = _tell(session, calls, handled)
            words.asks_here = handled.asks is not None
            if handled.stops:
                return
        _LOGGER.warning("the model uses tools without end")


def _tell(session: RealtimeSession, calls: Sequence[ToolCall], handled: Handled) -> str:
    """Tell the model what came of its calls; gives what its next answer is to be."""
    for call, result in zip(calls, handled.results, strict=True):
        session.say(wire.tool_result(call.id, result))
    return _ASK.format(as_data(handled.asks.text)) if handled.asks else ""


def _told(exchanges: Sequence[Exchange]) -> list[wire.Json]:
    told: list[wire.Json] = []
    for exchange in exchanges:
        told += [wire.user_text(exchange.said), wire.assistant_text(exchange.heard)]
    return told


def _transcript(text: str, language: str) -> Transcript:
    return Transcript(text, language, engine=SERVICE)


async def _pump(blocks: AsyncIterator[Samples], session: RealtimeSession) -> None:
    try:
        async for block in blocks:
            await session.append(block)
    except EngineError as error:
        session.fail(error)
