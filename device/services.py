"""Hands the engines of the house to those who want them over Wyoming."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial

from device.assembly import House
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.conversation.base import ReplyAudio
from device.conversation.saying import say_arriving
from device.core import Core
from device.cores import Work
from device.executor import Executor
from device.gateway.wyoming.info import SpokenBy, about
from device.gateway.wyoming.services import Offered, Services
from device.pipeline.base import WakeStream
from device.running import Part


def open_services(core: Core, house: House) -> list[Part]:
    """What serves them, where that is wanted."""
    config = core.config
    if not config.wyoming.services:
        return []
    who, engines = about(config), house.engines
    executor = core.executor("services", Work.SOUND)
    # What others say here is not sent on, as long as somebody here understands it.
    offered = Offered(
        engines.stt.name, partial(_voices, house, who.languages), engines.stt.at_home.transcribe,
        partial(_speak, house, who.languages[0]),
        lambda: _Ear(engines.wake.open(), executor),
    )  # fmt: skip
    return [Services(config.wyoming, who, offered).run]


class _Ear:
    """Looks for wake words off the loop."""

    def __init__(self, stream: WakeStream, executor: Executor) -> None:
        self._stream = stream
        self._executor = executor

    async def feed(self, samples: Samples) -> str:
        """Name of the word that is heard in the next samples; empty: none."""
        found = await self._executor.run(partial(self._stream.feed, samples))
        return "" if found is None else found.word

    async def close(self) -> None:
        """Give memory back, in the thread that may still be at a block."""
        await self._executor.run(self._stream.close)


async def _voices(house: House, languages: Sequence[str]) -> list[SpokenBy]:
    found = [(await house.engines.voices.find(language)).voice for language in languages]
    return [
        SpokenBy(voice.name, language) for voice, language in zip(found, languages, strict=True)
    ]


async def _speak(
    house: House, usual: str, texts: AsyncIterator[str], language: str, name: str
) -> AsyncIterator[AudioChunk]:
    voice = await house.engines.voices.find(language or usual, name)
    async with aclosing(say_arriving(voice, texts, language or usual)) as parts:
        async for part in parts:
            if isinstance(part, ReplyAudio):
                yield part.chunk
