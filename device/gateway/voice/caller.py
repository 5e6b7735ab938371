"""Somebody who talks over a WebSocket, in either dialect of voice chat: brings sound in and out,
and posts what is asked for. The conversation itself listens, answers and is interrupted.
"""

import asyncio
from typing import Any, Final, Protocol

import numpy as np

from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.bus import Subscription
from device.errors import DeviceError
from device.gateway.hands_free import keep_listening
from device.gateway.home_view import HomeView
from device.gateway.line import Line
from device.gateway.reception import Stay
from device.gateway.voice.voicechat import Command, Listen, Message, Request, Sound, Start, Typed
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from device.tasks import end

_MOST_MISTAKES: Final = 20
"""Who makes more of them is hung up on."""
_POLICY_VIOLATED: Final = 1008
_SOUNDS_PER_SECOND, _BURST = 100.0, 500.0
"""Who sends more messages is read slower; a browser sends 12 a second, Opus makes 50."""
_REQUEST_COST: Final = 10.0
"""A text message is as much work as so many with sound."""
_MOST_WAITING_SECONDS: Final = 5.0
_ENDING_SECONDS: Final = 1.0
"""Silence after which a sentence is over; it is heard several times as fast."""
_ANSWERING: Final = (e.TurnState.PROCESSING, e.TurnState.RESPONDING)


class Chat(Protocol):
    """A dialect: what its messages mean, and what the client is told."""

    def read(self, sent: Message) -> Request | Sound | None:
        """What a message asks for; None: nothing. Raises CommandInvalid."""
        ...

    def hear(self, sound: Sound) -> Samples:
        """What was said. Raises CommandInvalid."""
        ...

    def answer(self, request: Request) -> list[Message]:
        """What is said to a request at once. Raises EngineMissing."""
        ...

    def failed(self, code: str, words: str) -> list[Message]:
        """Something cannot be done."""
        ...

    def take(self, event: e.Event) -> list[Message]:
        """What follows from something that happened."""
        ...

    def home(self, part: dict[str, Any]) -> list[Message]:
        """Something in the home is another."""
        ...

    def send(self, samples: Samples) -> list[Message]:
        """Sound that is played next."""
        ...

    def rest(self) -> list[Message]:
        """Everything that there is was sent."""
        ...

    def cut(self, unheard_seconds: float) -> list[Message]:
        """So much of what was sent must not be heard any more."""
        ...


class Caller:
    """One of them."""

    def __init__(
        self, line: Line, chat: Chat, heard_rate: int, spoken_rate: int, lead_seconds: float,
        home: HomeView | None = None,
    ) -> None:  # fmt: skip
        """Rates in Hz; sound is sent so long before it is to be heard."""
        self._line = line
        self._chat = chat
        self._home = home
        self.microphone = NetworkMicrophone(heard_rate)
        self.speaker = NetworkSpeaker(spoken_rate, self._send, self._cut, lead_seconds, self._rest)
        self._state = e.TurnState.IDLE
        self._pace = Pace(_SOUNDS_PER_SECOND, _BURST)
        self._tasks = asyncio.TaskGroup()
        self._listening: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    async def talk(self, visit: Stay, *, hands_free: bool) -> None:
        """Serve the client until it goes."""
        told = visit.subscribe()
        async with self._tasks:
            self._tasks.create_task(self._tell(told))
            try:
                await self._listen(visit, always=hands_free)
                await self._read(visit)
            finally:
                told.close()
                await end(self._listening, self._watching)

    async def _read(self, visit: Stay) -> None:
        mistakes = 0
        async for message in self._line:
            mistakes += not await self._take(visit, message)
            if mistakes > _MOST_MISTAKES:
                self._line.close(_POLICY_VIOLATED, "too many mistakes")
                return

    def tell_failure(self, error: DeviceError) -> None:
        """Say what cannot be."""
        self._put(self._chat.failed(error.code, str(error)))

    async def _take(self, visit: Stay, message: Message) -> bool:
        """Do as the client asks; False: it cannot be done."""
        await self._wait(1.0 if isinstance(message, bytes) else _REQUEST_COST)
        try:
            request = self._chat.read(message)
            if isinstance(request, Sound):
                self.microphone.feed(self._chat.hear(request))
            elif request is not None:
                await self._obey(visit, request)
        except DeviceError as refused:
            self.tell_failure(refused)
            return False
        return True

    async def _wait(self, cost: float) -> None:
        """Read on when the client is not too fast for us; until then it has to wait too."""
        ahead = self.microphone.waiting_seconds - _MOST_WAITING_SECONDS
        wait = self._pace.take(cost, asyncio.get_running_loop().time())
        await asyncio.sleep(max(wait, ahead))

    async def _obey(self, visit: Stay, request: Request) -> None:
        answer = self._chat.answer(request)
        match request:
            case Start(listen=listen, events=events):
                await self._listen(visit, always=listen is Listen.ALWAYS)
                self._watch(events=events)
            case Typed(text=text):
                visit.post(e.UtteranceGiven(text=text))
            case Command.STOP:
                await self._stop(visit)
            case Command.RESET:
                visit.forget()
            case Command.INTERRUPT:
                if self._state in _ANSWERING:
                    visit.post(e.Interrupted(by="api"))
            case Command.LISTEN:
                visit.touch()
                visit.post(e.ListenRequested(by="api"))
            case Command.END_OF_SPEECH:
                silence = round(_ENDING_SECONDS * self.microphone.format.rate)
                self.microphone.feed(np.zeros(silence, np.int16))
        self._put(answer)

    async def _stop(self, visit: Stay) -> None:
        """Drop all work, and what waits to be heard or sent."""
        await self._listen(visit, always=False)
        visit.post(e.StopRequested(by="api"))
        self.microphone.clear()
        self._line.drop_sound()

    async def _listen(self, visit: Stay, *, always: bool) -> None:
        """Hear whatever is said from now on, or only what is said after a request."""
        if always and self._listening is None:
            self._listening = self._tasks.create_task(keep_listening(visit))
        elif not always and self._listening is not None:
            listening, self._listening = self._listening, None
            await end(listening)
            if self._state is e.TurnState.LISTENING:
                visit.post(e.Interrupted(by="api"))

    def _watch(self, *, events: bool) -> None:
        if events and self._watching is None and self._home is not None:
            self._watching = self._tasks.create_task(self._tell_home(self._home))

    async def _tell_home(self, home: HomeView) -> None:
        async for part in home.watch():
            self._put(self._chat.home(part))

    async def _tell(self, told: Subscription) -> None:
        async for event in told:
            if isinstance(event, e.StateChanged):
                self._state = event.new
            self._put(self._chat.take(event))

    def _send(self, chunk: AudioChunk) -> None:
        self._put(self._chat.send(chunk.pcm()))

    def _rest(self) -> None:
        self._put(self._chat.rest())

    def _cut(self) -> None:
        self._line.drop_sound()
        self._put(self._chat.cut(self.speaker.latency_seconds))

    def _put(self, messages: list[Message]) -> None:
        for message in messages:
            self._line.send(message)


class Pace:
    """How fast somebody may go: a token bucket."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = burst
        self._at = float("-inf")

    def take(self, cost: float, now: float) -> float:
        """How many seconds to wait before the next, which costs so much; `now` in seconds."""
        refill = (now - self._at) * self._per_second
        self._left = min(self._burst, self._left + refill) - cost
        self._at = now
        return max(0.0, -self._left / self._per_second)
