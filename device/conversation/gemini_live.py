"""A whole conversation with Gemini's Live API.

The speaker itself finds the end of sentences; every turn is a connection of its own, which is told
what was said before and what was heard of it. So nothing is to be taken back there when an answer
is cut, and nothing is open while nobody speaks.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final

from device import clock
from device.audio.chunk import AudioChunk
from device.config import GeminiConfig
from device.conversation import gemini_events as wire
from device.conversation.base import Done, Heeded, Item, ReplyAudio, ReplyPart, Utterance, stage
from device.conversation.json_socket import JsonSocket, json_socket
from device.conversation.speech_tools import MOST_ROUNDS, TRANSCRIPT_SECONDS, Tools
from device.conversation.spoken_words import A_LITTLE_SILENCE, SpokenWords
from device.dialog.history import Exchange
from device.dialog.prompts import system_prompt
from device.direct import socket_base
from device.errors import EngineError
from device.outside import Outside, Unit
from device.tasks import end
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)

SERVICE: Final = "gemini-live"
"""Its name where what was used is counted."""
_ANSWER_SECONDS: Final = 8.0
"""Nothing may come for so long at most."""
_LONGEST_SECONDS: Final = 180.0
"""Of one answer; more of it is not taken."""


class GeminiLive:
    """One account."""

    takes_turns = False

    def __init__(
        self, config: GeminiConfig, base_url: str, key: str, language: str, outside: Outside,
        tools: Tools, said_before: Callable[[], Sequence[Exchange]],
        spent_today: Callable[[], float] = lambda: 0.0,
    ) -> None:  # fmt: skip
        """`said_before`: the last turns, whoever answered them; `spent_today`: tokens."""
        self._url = socket_base(base_url) + wire.PATH
        self._headers = {"x-goog-api-key": key} if key else {}
        self._config = config
        self._language = language
        self._outside = outside
        self._tools = tools
        self._said_before = said_before
        self._spent_today = spent_today

    @property
    def available(self) -> bool:
        """Whether the day's tokens are not used up."""
        return not self._config.tokens_per_day or self._spent_today() < self._config.tokens_per_day

    async def respond(self, utterance: Utterance) -> AsyncIterator[Item]:
        """The answer to one turn. Raises StageFailure."""
        language = utterance.language or self._language
        with stage("agent"):
            async with (
                self._opened(language) as line,
                aclosing(self._answer(line, utterance, language)) as items,
            ):
                async for item in items:
                    yield item

    def heard(self, text: str, completed: bool, seconds: float) -> None:
        """The next turn is told what was heard."""

    @asynccontextmanager
    async def _opened(self, language: str) -> AsyncIterator["_Line"]:
        config, tools = self._config, self._tools
        instructions = f"{system_prompt(language)}\n{tools.premises()}"
        async with json_socket(self._url, self._headers, self._outside) as socket:
            socket.send(wire.setup(config.model, instructions, config.voice, tools.definitions()))
            line = _Line(socket)
            reading = asyncio.create_task(line.read(), name="gemini-live")
            try:
                with clock.hold(_ANSWER_SECONDS):
                    while not isinstance(await line.next(), wire.Ready):
                        continue
                if exchanges := [(one.said, one.heard) for one in self._said_before()]:
                    line.send(wire.said_before(exchanges))
                yield line
            finally:
                await end(reading)

    async def _answer(
        self, line: "_Line", utterance: Utterance, language: str
    ) -> AsyncGenerator[Item, None]:
        early: list[wire.ServerEvent] = []
        said = ""
        if utterance.samples is None:
            line.send(wire.typed(utterance.text))
            await line.keep_pace()
            yield Transcript(utterance.text, language, engine="typed")
            yield Heeded()
        else:
            for message in wire.spoken(utterance.samples):
                line.send(message)
            await line.keep_pace()
            if not utterance.addressed:
                said = await _said(line, early)
            yield Heeded(addressed=utterance.addressed or bool(said))
            if not (utterance.addressed or said):
                return
        words = SpokenWords()
        async with aclosing(self._spoken(line, early, words, language)) as items:
            async for item in items:
                yield item
        if rest := words.rest():
            yield ReplyAudio(A_LITTLE_SILENCE, rest)
        yield ReplyPart(words.text.strip())
        yield Done(words.asks)

    async def _spoken(
        self, line: "_Line", early: list[wire.ServerEvent], words: SpokenWords, language: str
    ) -> AsyncGenerator[Item, None]:
        """What it says and does until it is over; what was said comes before that in words."""
        rounds, said, told, used = 0, "", False, wire.Used(0, 0)
        try:
            async with aclosing(_events(line, early)) as events:
                async for event in events:
                    if said and not told and not isinstance(event, wire.Said | wire.Used):
                        yield Transcript(said.strip(), language, engine=SERVICE)
                        told = True
                    match event:
                        case wire.Said(text=text):
                            said += text
                        case wire.Words(text=text):
                            words.add(text)
                            yield ReplyPart(text, is_final=False)
                        case wire.Voice(samples=samples):
                            chunk = AudioChunk.from_samples(samples, wire.SPOKEN_RATE)
                            yield ReplyAudio(chunk, words.voiced(chunk.seconds))
                        case wire.Calls() if rounds < MOST_ROUNDS:
                            rounds += 1
                            async for item in self._use(line, event, words, language):
                                yield item
                        case wire.Used():
                            used = event
                        case wire.Over() | wire.Calls():
                            return
                    if words.stopped:
                        return
        finally:
            self._count(used)

    async def _use(
        self, line: "_Line", wanted: wire.Calls, words: SpokenWords, language: str
    ) -> AsyncIterator[Item]:
        items: list[Item] = []
        handled = await self._tools.call(wanted.calls, language, items.append)
        for item in items:
            yield item
        asked = "" if handled.asks is None else handled.asks.text
        words.asks_here = words.asks_here or bool(asked)
        words.stopped = handled.stops
        line.send(wire.tool_results(wanted.calls, handled.results, asked))
        await line.keep_pace()

    def _count(self, used: wire.Used) -> None:
        self._outside.spend(SERVICE, Unit.REQUESTS, 1)
        self._outside.spend(SERVICE, Unit.INPUT_TOKENS, used.input_tokens)
        self._outside.spend(SERVICE, Unit.OUTPUT_TOKENS, used.output_tokens)


class _Line:
    """A connection that is read however far behind the voice is: else it would be given up."""

    def __init__(self, socket: JsonSocket) -> None:
        self.send = socket.send
        self.keep_pace = socket.keep_pace
        self._socket = socket
        self._events: asyncio.Queue[wire.ServerEvent | EngineError] = asyncio.Queue()

    async def read(self) -> None:
        """Read until cancelled, cut off or until it is enough."""
        seconds = 0.0
        try:
            while seconds < _LONGEST_SECONDS:
                for event in wire.read(await self._socket.receive()):
                    if isinstance(event, wire.Voice):
                        seconds += len(event.samples) / wire.SPOKEN_RATE
                    self._events.put_nowait(event)
            _LOGGER.warning("an answer without end is cut")
            self._events.put_nowait(wire.Over())
        except EngineError as error:
            self._events.put_nowait(error)

    async def next(self) -> wire.ServerEvent:
        """The next event. Raises EngineError when there is none in time."""
        try:
            event = await self._socket.next_of(self._events, _ANSWER_SECONDS)
        except TimeoutError as error:
            raise EngineError("the service does not go on") from error
        if isinstance(event, EngineError):
            raise event
        return event


async def _said(line: _Line, early: list[wire.ServerEvent]) -> str:
    """The first words of what was said; what comes before them is noted."""
    try:
        with clock.hold(TRANSCRIPT_SECONDS):
            async with asyncio.timeout(TRANSCRIPT_SECONDS):
                while True:
                    early.append(event := await line.next())
                    match event:
                        case wire.Said(text=text):
                            return text.strip()
                        case wire.Over():
                            return ""
    except TimeoutError:
        return ""


async def _events(
    line: _Line, early: list[wire.ServerEvent]
) -> AsyncGenerator[wire.ServerEvent, None]:
    for event in early:
        yield event
    while True:
        yield await line.next()
