"""The speaker as a satellite that Home Assistant adopts over Wyoming (PROTOCOLS.md, 4).

Of those who connect one is the server: who last asked the satellite to run. Another one takes its
place when it calls from the same address, or when the old one has said nothing for a while.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.bus import Subscription
from device.config import WyomingConfig
from device.errors import AssistantError
from device.gateway.wyoming.exchange import Announced, Exchange, Over, Told
from device.gateway.wyoming.frames import Frame
from device.gateway.wyoming.info import About, satellite_info
from device.gateway.wyoming.line import SILENT_SECONDS, Line, Port
from device.gateway.wyoming.sound import end_of_sound, frames_of, start_of_sound
from device.gateway.wyoming.timers import ServerTimers
from device.outside import Outside
from device.tasks import end
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 15.0
"""So long nothing may come of a sentence, then of its answer."""


@dataclass(frozen=True, slots=True)
class Room:
    """The speaker whose satellite this is."""

    post: Callable[[e.Event], None]
    """To the session."""
    announce: Callable[[e.Event], None]
    """To whoever decides when it may be heard."""
    told: Subscription
    """What happens in the room."""


class Satellite:
    """Lets the server answer sentences, announce, and set timers."""

    def __init__(
        self, config: WyomingConfig, about: About, outside: Outside,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:  # fmt: skip
        """`outside` is told that a sentence leaves; after `silent_seconds` a server may be dead."""
        self._silent_seconds = silent_seconds
        self._config = config
        self._outside = outside
        self._info = satellite_info(about)
        self._server: Line | None = None
        self._exchange = Exchange()
        self._timers = ServerTimers()
        self._answer: asyncio.Queue[Told] | None = None
        self._room: Room | None = None
        self._announcing = 0
        self._asides: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether a server is there and asks for sentences."""
        return self._server is not None

    async def turn(self, samples: Samples) -> AsyncIterator[Transcript | str | AudioChunk]:
        """Let the server answer a sentence of shape (n,) at 16 kHz.

        Gives what it understood, the words of its answer, and the sound of them, mono with 16 bit.
        Raises AssistantError when nobody is there, or none comes.
        """
        server = self._server
        if server is None or self._answer is not None:
            raise AssistantError("Home Assistant cannot be asked over Wyoming: it is not connected")
        answer = self._answer = asyncio.Queue[Told]()
        try:
            with self._outside.leaving(server.host):
                self._exchange.begin()
                await _ask(server, samples)
                async with aclosing(_until_over(answer)) as pieces:
                    async for told in pieces:
                        yield told
        except TimeoutError as error:
            raise AssistantError("Home Assistant does not answer in time") from error
        except ConnectionError as error:
            raise AssistantError(f"Home Assistant is gone: {error}") from error
        finally:
            self._exchange.leave()
            self._answer = None

    def played(self) -> None:
        """The answer was heard, or as much of it as anybody wanted."""
        if self._server is not None:
            self._aside(_tell(self._server, Frame("played")))

    async def run(self, room: Room) -> None:
        """Be there for servers until cancelled."""
        self._room = room
        config = self._config
        port = Port(str(config.host), config.port, config.allow, self._serve, self._silent_seconds)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(port.run())
                group.create_task(self._follow(room))
        finally:
            await end(*self._asides)

    async def _serve(self, line: Line) -> None:
        try:
            async for frame in line.frames():
                await self._take(line, frame)
        finally:
            if self._server is line:
                self._lose("it hung up")

    async def _take(self, line: Line, frame: Frame) -> None:
        match frame.type:
            case "describe":
                await line.send(self._info)
            case "run-satellite":
                await self._adopt(line)
            case _ if line is not self._server or self._room is None:
                _LOGGER.debug("%s of no server is ignored", frame.type)
            case "pause-satellite":
                self._lose("it pauses the satellite")
            case "detection":
                self._room.post(e.ListenRequested(by="api"))
            case "timer-started" | "timer-updated" | "timer-cancelled" | "timer-finished":
                for order in self._timers.take(frame, asyncio.get_running_loop().time()):
                    self._room.post(order)
            case _:
                self._hand_on(self._exchange.take(frame), self._room)

    async def _adopt(self, line: Line) -> None:
        """Have a new server, where the old one is gone or is the same."""
        old = self._server
        if old is not None and old is not line:
            silent = asyncio.get_running_loop().time() - old.heard_at
            if old.host != line.host and silent < self._silent_seconds:
                _LOGGER.warning("%s is refused: %s is the server", line.host, old.host)
                refusal = {"text": "another server runs this satellite", "code": "satellite-taken"}
                await line.send(Frame("error", refusal))
                return
            self._lose("another one takes over")
            old.close()
        _LOGGER.info("%s is the server of the satellite", line.host)
        self._server = line

    def _lose(self, why: str) -> None:
        _LOGGER.info("the satellite has no server: %s", why)
        self._server = None
        self._exchange, self._announcing = Exchange(), 0
        if self._answer is not None:
            self._answer.put_nowait(Over(why))

    def _hand_on(self, told: Told | None, room: Room) -> None:
        if isinstance(told, Announced):
            self._announcing += 1
            room.announce(e.AnnouncementDue(text="", sound=told.sound))
        elif told is not None and self._answer is not None:
            self._answer.put_nowait(told)

    async def _follow(self, room: Room) -> None:
        """Tell the server what it wants to know of the room."""
        async for event in room.told:
            match event:
                case e.WakeWordDetected(word=word) if self._server is not None:
                    await _tell(self._server, Frame("detection", {"name": word}))
                case e.PlaybackFinished() | e.AnnouncementDropped() if self._announcing:
                    self._announcing -= 1
                    self.played()

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)


async def _until_over(
    answer: asyncio.Queue[Told],
) -> AsyncGenerator[Transcript | str | AudioChunk, None]:
    while True:
        async with asyncio.timeout(_ANSWER_SECONDS):
            told = await answer.get()
        match told:
            case Over(reason=""):
                return
            case Over(reason=reason):
                raise AssistantError(f"Home Assistant does not answer: {reason}")
            case Announced():
                pass
            case _:
                yield told


async def _ask(server: Line, samples: Samples) -> None:
    stages = {"start_stage": "asr", "end_stage": "tts", "restart_on_end": False}
    await server.send(Frame("run-pipeline", stages), start_of_sound())
    for frame in frames_of(samples):
        await server.send(frame)
    await server.send(end_of_sound())


async def _tell(server: Line, frame: Frame) -> None:
    try:
        await server.send(frame)
    except ConnectionError as error:
        _LOGGER.debug("%s is not told: %s", frame.type, error)
