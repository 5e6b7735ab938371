"""The speaker's engines for others, as Wyoming services: understanding, speaking, wake words.

The engines are handed in. Few are served at a time, first come first served, and nobody says more
at once than a person would.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.audio.resample import Resampler
from device.config import WyomingConfig
from device.errors import DeviceError
from device.gateway.wyoming.frames import Frame
from device.gateway.wyoming.info import About, SpokenBy, services_info
from device.gateway.wyoming.line import Line, Port
from device.gateway.wyoming.sound import end_of_sound, frames_of, sound_of, start_of_sound
from device.tasks import end
from device.types import Transcript

_MOST_SENTENCE_BYTES: Final = 60 * RATE * 2
"""A minute."""
_LONGEST_TEXT: Final = 5_000
_AT_A_TIME: Final = 2
"""So many are understood, or spoken for, at once; the others wait in turn."""
_PAUSE_SECONDS: Final = 30.0
"""A text of which nothing comes for so long is over: others wait."""
_MOST_WAKE_STREAMS: Final = 4


class WakeEar(Protocol):
    """Listens for wake words in one sound."""

    async def feed(self, samples: Samples) -> str:
        """Name of the word that is heard in the next samples, shape (n,); empty: none."""
        ...

    async def close(self) -> None:
        """Give memory back."""
        ...


@dataclass(frozen=True, slots=True)
class Offered:
    """What the engines do; all of it raises EngineError."""

    recogniser: str
    """Name of what understands."""
    voices: Callable[[], Awaitable[Sequence[SpokenBy]]]
    """Who speaks, the usual one first."""
    transcribe: Callable[[Samples, str | None], Awaitable[Transcript]]
    """A sentence of shape (n,) at 16 kHz, in a language; None: the usual one."""
    speak: Callable[[AsyncIterator[str], str, str], AsyncIterator[AudioChunk]]
    """A text that arrives in pieces, in a language, in a voice; empty: the usual ones."""
    open_ear: Callable[[], WakeEar]


class Services:
    """Run it as a supervised task."""

    def __init__(self, config: WyomingConfig, about: About, offered: Offered) -> None:
        self._config = config
        self._about = about
        self._offered = offered
        self._turns = asyncio.Semaphore(_AT_A_TIME)
        self._ears = 0

    async def run(self) -> None:
        """Serve until cancelled."""
        config = self._config
        await Port(str(config.host), config.services_port, config.allow, self._serve).run()

    async def _serve(self, line: Line) -> None:
        client = _Client(line, self)
        try:
            async with aclosing(_any(line.frames())) as frames:
                async for frame in frames:
                    await self._answer(client, frame)
        finally:
            await client.close()

    async def _answer(self, client: "_Client", frame: Frame) -> None:
        try:
            if frame.type == "describe":
                voices = await self._offered.voices()
                await client.line.send(services_info(self._about, self._offered.recogniser, voices))
            else:
                await client.take(frame)
        except DeviceError as error:
            await client.refuse(str(error), error.code)

    async def understand(self, samples: Samples, language: str | None) -> Transcript:
        """A sentence, when it is its turn."""
        async with self._turns:
            return await self._offered.transcribe(samples, language)

    async def speak(
        self, texts: AsyncIterator[str], language: str, name: str
    ) -> AsyncIterator[AudioChunk]:
        """A text, when it is its turn; the language of a voice that is named is its own."""
        spoken = {voice.name: voice.language for voice in await self._offered.voices()}
        language, name = spoken.get(name, language), name if name in spoken else ""
        async with self._turns, aclosing(_any(self._offered.speak(texts, language, name))) as heard:
            async for chunk in heard:
                yield chunk

    def open_ear(self) -> WakeEar | None:
        """Somebody who listens for wake words; None while all are taken."""
        if self._ears >= _MOST_WAKE_STREAMS:
            return None
        self._ears += 1
        return self._offered.open_ear()

    async def close_ear(self, ear: WakeEar) -> None:
        """Give one back."""
        self._ears -= 1
        await ear.close()


class _Client:
    """One connection, and what it has begun."""

    def __init__(self, line: Line, services: Services) -> None:
        self.line = line
        self._services = services
        self._language: str | None = None
        self._sentence = bytearray()
        self._resampler: tuple[int, Resampler] = (RATE, Resampler(RATE))
        self._ear: WakeEar | None = None
        self._words: list[Any] = []
        self._text: asyncio.Queue[str | None] | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._letters = 0

    async def take(self, frame: Frame) -> None:
        """Do what is asked. Raises BadFrame and EngineError."""
        match frame.type:
            case "transcribe":
                await self._close_ear()
                self._language = frame.text("language") or None
            case "detect":
                await self._detect(frame)
            case "audio-start":
                self._sentence.clear()
            case "audio-chunk":
                await self._hear(sound_of(frame))
            case "audio-stop":
                await self._end_of_sound()
            case "synthesize" if self._text is None:
                await self._speak(_one(frame.text("text")[:_LONGEST_TEXT]), *_voice(frame))
            case "synthesize-start":
                await end(self._speaking)
                self._text, self._letters = asyncio.Queue(), 0
                stream = _speak_stream(self._text)
                self._speaking = asyncio.create_task(self._speak_along(stream, *_voice(frame)))
            case "synthesize-chunk" if self._text is not None:
                piece = frame.text("text")[: _LONGEST_TEXT - self._letters]
                self._letters += len(piece)
                if piece:
                    self._text.put_nowait(piece)
            case "synthesize-stop" if self._text is not None:
                self._text.put_nowait(None)
                self._text = None

    async def refuse(self, why: str, code: str) -> None:
        """Say that it did not work."""
        await self.line.send(Frame("error", {"text": why, "code": code}))

    async def close(self) -> None:
        """Nobody is there any more."""
        await end(self._speaking)
        await self._close_ear()

    async def _detect(self, frame: Frame) -> None:
        await self._close_ear()
        names = frame.data.get("names")
        self._words = names if isinstance(names, list) else []
        self._ear = self._services.open_ear()
        if self._ear is None:
            await self.refuse("as many listen for wake words as there is room for", "house-full")

    async def _hear(self, sound: AudioChunk) -> None:
        if self._resampler[0] != sound.format.rate:
            self._resampler = (sound.format.rate, Resampler(sound.format.rate))
        samples = self._resampler[1].feed(sound.pcm())
        if self._ear is not None:
            word = await self._ear.feed(samples)
            if word and (word in self._words or not self._words):
                await self.line.send(Frame("detection", {"name": word}))
        elif len(self._sentence) + samples.nbytes <= _MOST_SENTENCE_BYTES:
            self._sentence += samples.tobytes()

    async def _end_of_sound(self) -> None:
        rest = self._resampler[1].feed(np.zeros(0, np.int16), last=True)
        self._resampler = (RATE, Resampler(RATE))
        if self._ear is not None:
            await self._close_ear()
            await self.line.send(Frame("not-detected"))
            return
        sentence = np.frombuffer(bytes(self._sentence) + rest.tobytes(), np.int16)
        self._sentence.clear()
        said = await self._services.understand(sentence, self._language)
        told = {"text": said.text, "language": said.language}
        await self.line.send(Frame("transcript", told))

    async def _speak(self, texts: AsyncIterator[str], language: str, voice: str) -> None:
        rate = 0
        async with aclosing(_any(self._services.speak(texts, language, voice))) as chunks:
            async for chunk in chunks:
                if not rate:
                    rate = chunk.format.rate
                    await self.line.send(start_of_sound(rate))
                await self.line.send(*frames_of(chunk.pcm(), chunk.format.rate))
        await self.line.send(*([] if rate else [start_of_sound()]), end_of_sound())

    async def _speak_along(self, texts: AsyncIterator[str], language: str, voice: str) -> None:
        try:
            await self._speak(texts, language, voice)
            await self.line.send(Frame("synthesize-stopped"))
        except DeviceError as error:
            await self.refuse(str(error), error.code)
        except ConnectionError:
            self.line.close()

    async def _close_ear(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            await self._services.close_ear(ear)


def _voice(frame: Frame) -> tuple[str, str]:
    """Language and name of the voice that is asked for; empty: the usual ones."""
    voice = frame.data.get("voice")
    asked = Frame(frame.type, voice if isinstance(voice, dict) else {})
    return asked.text("language"), asked.text("name")


async def _one(text: str) -> AsyncIterator[str]:
    yield text


async def _speak_stream(pieces: asyncio.Queue[str | None]) -> AsyncIterator[str]:
    while True:
        try:
            async with asyncio.timeout(_PAUSE_SECONDS):
                piece = await pieces.get()
        except TimeoutError:
            return
        if piece is None:
            return
        yield piece


def _any(stream: AsyncIterator[Any]) -> Any:
    """It can be closed; its type does not say so."""
    return stream
