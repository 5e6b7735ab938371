"""Holds one telephone call: greets, listens whenever nothing is said, takes keys, says goodbye."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from typing import Final

from device import events as e
from device.audio.chunk import AudioChunk
from device.bus import Subscription
from device.errors import CommandInvalid
from device.gateway.hands_free import keep_listening
from device.gateway.line import Line
from device.gateway.mulaw import PHONE_RATE
from device.gateway.phone import twilio
from device.gateway.phone.keypad import PAUSE_SECONDS, Keypad
from device.gateway.phone.marks import Marks
from device.gateway.phone.switchboard import Words
from device.gateway.reception import Stay
from device.hal.network import NetworkMicrophone, NetworkSpeaker
from device.tasks import end

Messages = AsyncIterator[twilio.Message | None]

_FAREWELL: Final = "ParlorFarewell"
_GOODBYE_SECONDS: Final = 10.0
"""So long a goodbye may take, whoever speaks over it."""


class PhoneCall:
    """One caller at the other end of a stream."""

    def __init__(self, line: Line, stream: str, words: Words, call_seconds: float) -> None:
        """`stream` is its streamSid; the call ends after `call_seconds`."""
        self.microphone = NetworkMicrophone(PHONE_RATE)
        self.speaker = NetworkSpeaker(PHONE_RATE, self._play, self._clear, rest=self._rest)
        self._line = line
        self._stream = stream
        self._words = words
        self._call_seconds = call_seconds
        self._marks = Marks(PHONE_RATE)
        self._keypad = Keypad(words.yes, words.no)
        self._typing: asyncio.TimerHandle | None = None

    async def hold(self, visit: Stay, messages: Messages) -> None:
        """Until somebody hangs up, or the time is over. Raises CommandInvalid."""
        told = visit.subscribe()
        if self._words.greeting:
            visit.post(e.AnnouncementDue(text=self._words.greeting))
        listening = asyncio.create_task(keep_listening(visit))
        ways = (
            self._hear(visit, messages), self._follow(told), self._end_in_time(visit, listening)
        )  # fmt: skip
        ends = [asyncio.create_task(way) for way in ways]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            told.close()
            self._stop_typing()
            await end(listening, *ends)

    async def _hear(self, visit: Stay, messages: Messages) -> None:
        async for message in messages:
            match message:
                case twilio.Heard(samples=samples):
                    self.microphone.feed(samples)
                case twilio.Marked(name=name):
                    self._marked(name)
                case twilio.Pressed(key=key):
                    self._press(visit, key)
                case twilio.Started():
                    raise CommandInvalid("a stream begins once")
                case twilio.Stopped():
                    return

    async def _follow(self, told: Subscription) -> None:
        """Hang up when a farewell has been answered."""
        leaving = False
        async for event in told:
            self._keypad.tell(event)
            match event:
                case e.IntentRecognized(name=name):
                    leaving = name == _FAREWELL
                case e.PlaybackFinished(completed=True) if leaving:
                    return

    async def _end_in_time(self, visit: Stay, listening: "asyncio.Task[None]") -> None:
        await asyncio.sleep(self._call_seconds)
        if not self._words.goodbye:
            return
        # Whoever listens next would cut the goodbye.
        await end(listening)
        told = visit.subscribe()
        visit.post(e.AnnouncementDue(text=self._words.goodbye, priority=e.Priority.URGENT))
        with suppress(TimeoutError), closing(told):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                async for event in told:
                    if isinstance(event, e.PlaybackFinished) and event.completed:
                        return

    def _press(self, visit: Stay, key: str) -> None:
        visit.touch()
        self._stop_typing()
        if (meant := self._keypad.press(key)) is not None:
            visit.post(meant)
        if self._keypad.typing:
            loop = asyncio.get_running_loop()
            self._typing = loop.call_later(PAUSE_SECONDS, self._end_typing, visit)

    def _end_typing(self, visit: Stay) -> None:
        if (meant := self._keypad.end()) is not None:
            visit.post(meant)

    def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing.cancel()

    def _marked(self, name: str) -> None:
        unheard = self._marks.returned(name)
        if unheard is not None:
            self.speaker.report(unheard)

    def _play(self, chunk: AudioChunk) -> None:
        self._line.send(twilio.media(self._stream, chunk.pcm()))
        self._mark(self._marks.sent(chunk.samples))

    def _rest(self) -> None:
        self._mark(self._marks.last())

    def _mark(self, name: str | None) -> None:
        if name is not None:
            self._line.send(twilio.mark(self._stream, name))

    def _clear(self) -> None:
        self._marks.cleared()
        self._line.send(twilio.clear(self._stream))
