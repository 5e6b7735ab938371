"""One session of the OpenAI Realtime protocol: what it has heard, what it says, what is open."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from typing import Final

from device import clock
from device.audio.format import RATE, SAMPLES_PER_MS, Samples
from device.audio.resample import Resampler
from device.conversation import realtime_events as wire
from device.conversation.json_socket import JsonSocket
from device.errors import EngineBusy, EngineError
from device.outside import Unit
from device.pipeline.vad.endpoint import Reason, SpeechStarted, TurnEnded

_LOGGER = logging.getLogger(__name__)
_SETUP_SECONDS: Final = 5.0
_CANCEL_SECONDS: Final = 2.0
"""What the service may take to end an answer that was cancelled."""
_LONGEST_SECONDS: Final = 180.0
_MOST_CHARACTERS: Final = 10_000
"""Of one answer; more of it is not taken."""
_ANSWER_SECONDS: Final = 8.0
"""Nothing may come of an answer for so long at most."""
Found = SpeechStarted | TurnEnded
Answering = wire.Voice | wire.Words | wire.ResponseDone


class RealtimeSession:
    """Reads in a task of its own (`run`); everything else is asked of it meanwhile."""

    def __init__(
        self, socket: JsonSocket, setup: wire.Setup, spend: Callable[[Unit, float], None],
        begin_sample: int = 0,
    ) -> None:  # fmt: skip
        """`begin_sample`: number of the first one that will be appended."""
        self._socket = socket
        self._setup = setup
        self._spend = spend
        self._begin = begin_sample
        self._upward = Resampler(RATE, wire.SPOKEN_RATE)
        self._found: asyncio.Queue[Found | EngineError] = asyncio.Queue()
        self._answer: asyncio.Queue[Answering | EngineError] = asyncio.Queue()
        self._speech: int | None = None
        self._turn: TurnEnded | None = None
        self._item = ""
        self._transcripts: dict[str, str] = {}
        self._transcribed = asyncio.Event()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._response = ""
        self._broken: EngineError | None = None
        self._voices: dict[tuple[str, int], int] = {}
        self._characters = 0
        self._too_long = False
        self.tokens = 0
        """Used so far, both ways."""

    async def run(self) -> None:
        """Read until cancelled or cut off; who waits for something is told."""
        try:
            while True:
                event = wire.read(await self._socket.receive())
                if event is not None:
                    self._take(event)
        except EngineError as error:
            self.fail(error)

    async def begin(self, said_before: list[wire.Json]) -> None:
        """Tell the service who it is and what was said before. Raises EngineError."""
        self._socket.send(wire.session_update(self._setup))
        try:
            with clock.hold(_SETUP_SECONDS):
                async with asyncio.timeout(_SETUP_SECONDS):
                    await self._ready
        except TimeoutError as error:
            raise EngineError("the service does not begin the session") from error
        for message in said_before:
            self._socket.send(message)

    async def append(self, samples: Samples) -> None:
        """More of what is heard, at 16 kHz, shape (n,). Raises EngineError."""
        self._socket.send(wire.append(self._upward.feed(samples)))
        await self._socket.keep_pace()

    async def found(self) -> Found:
        """The next beginning or end of speech. Raises EngineError when there will be none."""
        found = await self._found.get()
        if isinstance(found, EngineError):
            self._found.put_nowait(found)
            raise found
        return found

    def end_turn(self) -> None:
        """The sentence is over although the service hears on. Raises EngineError."""
        if self._speech is not None:
            self._socket.send(wire.commit())
            self._speech, self._item = None, ""

    def say(self, message: wire.Json) -> None:
        """Add something to the conversation. Raises EngineError."""
        self._socket.send(message)

    async def transcript(self, seconds: float) -> str | None:
        """What was said last, in words; None when it is not known in time."""
        if not self._setup.transcription:
            return None
        try:
            with clock.hold(seconds):
                async with asyncio.timeout(seconds):
                    while self.transcript_so_far is None:
                        self._transcribed.clear()
                        await self._transcribed.wait()
        except TimeoutError:
            return None
        return self.transcript_so_far

    @property
    def transcript_so_far(self) -> str | None:
        """The same, None when it is not known yet."""
        return self._transcripts.get(self._item)

    async def answers(self, instructions: str = "") -> AsyncGenerator[Answering, None]:
        """Ask for an answer and give what comes of it. Raises EngineError."""
        await self._end_of_last_answer()
        self._answer = asyncio.Queue()
        self._quiet.clear()
        self._socket.send(wire.create_response(instructions))
        await self._socket.keep_pace()
        while True:
            try:
                event = await self._socket.next_of(self._answer, _ANSWER_SECONDS)
            except TimeoutError as error:
                raise EngineError("the service does not go on with its answer") from error
            if isinstance(event, EngineError):
                raise event
            yield event
            if isinstance(event, wire.ResponseDone):
                return

    async def _end_of_last_answer(self) -> None:
        try:
            async with asyncio.timeout(_CANCEL_SECONDS):
                await self._quiet.wait()
        except TimeoutError as error:
            raise EngineError("the service does not end an answer that was cancelled") from error
        if self._broken is not None:
            raise self._broken

    def begin_answer(self) -> None:
        """What was heard of the last answer is known by now."""
        self._voices, self._characters, self._too_long = {}, 0, False

    @property
    def answering(self) -> bool:
        """Whether an answer is still being made."""
        return not self._quiet.is_set()

    def cancel(self) -> None:
        """Want no more of the answer. Raises EngineError."""
        if self._response:
            self._socket.send(wire.cancel_response(self._response))

    def truncate(self, seconds: float) -> None:
        """No more of the answer was heard. Raises EngineError."""
        left = round(seconds * 1000)
        for (item, index), samples in self._voices.items():
            said = samples * 1000 // wire.SPOKEN_RATE
            if left < said:
                self._socket.send(wire.truncate(item, index, max(0, left)))
            left -= said
        self._voices = {}

    def _take(self, event: wire.ServerEvent) -> None:
        match event:
            case wire.Updated():
                if not self._ready.done():
                    self._ready.set_result(None)
            case wire.SpeechBegan(at_ms=at):
                self._speech = self._sample(at)
                self._found.put_nowait(SpeechStarted(self._speech))
            case wire.SpeechStopped(at_ms=at):
                self._stopped(self._sample(at))
            case wire.Committed(item_id=item):
                self._committed(item)
            case wire.Transcribed(item_id=item, text=text, seconds=seconds):
                self._spend(Unit.AUDIO_SECONDS, seconds)
                self._transcripts[item] = text
                self._transcribed.set()
            case wire.ResponseBegan(response_id=response):
                self._response = response
                self._quiet.clear()
            case wire.Voice() | wire.Words() if event.response_id == self._response:
                if self._fits(event):
                    self._answer.put_nowait(event)
            case wire.ResponseDone():
                self._done(event)
            case wire.Refused():
                self._refused(event)

    def _sample(self, at_ms: int) -> int:
        return self._begin + at_ms * SAMPLES_PER_MS

    def _stopped(self, stop: int) -> None:
        start = self._begin if self._speech is None else self._speech
        silence = self._setup.silence_ms * SAMPLES_PER_MS
        self._turn = TurnEnded(start, stop, start, max(start, stop - silence), Reason.SILENCE)
        self._speech = None

    def _committed(self, item: str) -> None:
        self._item = item
        if self._turn is not None:
            self._found.put_nowait(self._turn)
            self._turn = None

    def _fits(self, event: wire.Voice | wire.Words) -> bool:
        """Whether the answer is not too long with it; one that is too long is cancelled."""
        if self._too_long:
            return False
        if isinstance(event, wire.Words):
            self._characters += len(event.text)
        else:
            key = event.item_id, event.content_index
            self._voices[key] = self._voices.get(key, 0) + len(event.samples)
        seconds = sum(self._voices.values()) / wire.SPOKEN_RATE
        self._too_long = seconds > _LONGEST_SECONDS or self._characters > _MOST_CHARACTERS
        if self._too_long:
            _LOGGER.warning("an answer without end is cut")
            self.cancel()
        return not self._too_long

    def _done(self, event: wire.ResponseDone) -> None:
        self.tokens += event.input_tokens + event.output_tokens
        self._spend(Unit.REQUESTS, 1)
        self._spend(Unit.INPUT_TOKENS, event.input_tokens)
        self._spend(Unit.OUTPUT_TOKENS, event.output_tokens)
        if event.response_id == self._response:
            self._response = ""
            self._answer.put_nowait(event)
            self._quiet.set()

    def _refused(self, event: wire.Refused) -> None:
        busy = event.code in ("rate_limit_exceeded", "insufficient_quota")
        kind = EngineBusy if busy else EngineError
        error = kind(f"the service refuses: {event.message or event.code}")
        if event.about == wire.SETUP and not self._ready.done():
            self._ready.set_exception(error)
        elif event.about == wire.ANSWER or (not event.about and self.answering):
            self._answer.put_nowait(error)
            if not self._response:
                self._quiet.set()

    def fail(self, error: EngineError) -> None:
        """It is of no use any more; who waits for something is told."""
        self._broken = error
        self._found.put_nowait(error)
        self._answer.put_nowait(error)
        self._transcripts.setdefault(self._item, "")
        self._transcribed.set()
        self._quiet.set()
        if not self._ready.done():
            self._ready.set_exception(error)
