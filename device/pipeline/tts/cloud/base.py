"""A voice that is made elsewhere: what is said leaves the device, and its sound comes back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final, Protocol

from device import clock
from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import EngineError
from device.outside import Outside, Unit
from device.pipeline.tts.cloud.sound import Blocks, Sound
from device.pipeline.tts.espeak import harmless
from device.types import Voice

_WARM_SECONDS: Final = 5.0
_TOTAL_SECONDS: Final = 60.0
"""The whole of a sentence may take so long to arrive."""
_SHORTEST_SECONDS: Final = 10.0
_SECONDS_A_CHARACTER: Final = 1.0
"""Digits take the longest, half of that."""


class SpeechService(Protocol):
    """One voice of a service."""

    @property
    def name(self) -> str:
        """The service, as it is called in the configuration."""
        ...

    @property
    def host(self) -> str:
        """Where the text goes."""
        ...

    @property
    def voice(self) -> Voice:
        """Whose voice it is."""
        ...

    def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The sound of one sentence as it arrives. Raises EngineError; closing it hangs up."""
        ...

    async def connect(self) -> None:
        """Connect, so that the next sentence does not pay for it. Raises EngineError."""
        ...


class CloudTts:
    """Speaks with a voice of a service, within limits."""

    def __init__(
        self,
        service: SpeechService,
        outside: Outside,
        wait_seconds: float,
        slowness: float = 1.0,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        """`wait_seconds` may pass without sound, `total_seconds` until the end of a sentence.

        `slowness`: 2 is half as fast as usual.
        """
        self._service = service
        self._outside = outside
        self._wait_seconds = wait_seconds
        self._slowness = slowness
        self._total_seconds = total_seconds

    @property
    def voice(self) -> Voice:
        """The voice in use."""
        return self._service.voice

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """Audio as it arrives; none when there is nothing to say. Raises EngineError."""
        said = harmless(text)
        if not said:
            return
        host, heard = self._service.host, False
        with self._outside.leaving(host):
            self._outside.spend(self._service.name, Unit.REQUESTS, 1)
            try:
                async with aclosing(self._blocks(said)) as blocks:
                    async for block in blocks:
                        heard = heard or self._paid(said)
                        yield AudioChunk(block.pcm, AudioFormat(block.rate, 2, 1))
            except (GeneratorExit, asyncio.CancelledError):
                # Nobody waits for it any more; it may have been made all the same.
                heard = heard or self._paid(said)
                raise
        if not heard:
            raise EngineError(f"{host} answered without a sound")

    def _paid(self, text: str) -> bool:
        """Count what a sentence costs; always true."""
        self._outside.spend(self._service.name, Unit.CHARACTERS, len(text))
        return True

    async def warm_up(self) -> None:
        """Connect, so that the next sentence does not pay for it. Raises EngineError."""
        try:
            with clock.hold(_WARM_SECONDS):
                async with asyncio.timeout(_WARM_SECONDS):
                    await self._service.connect()
        except TimeoutError as error:
            raise EngineError(f"{self._service.host} does not answer in time") from error

    async def _blocks(self, text: str) -> AsyncGenerator[Sound, None]:
        """Whole samples, no more than a sentence can last."""
        longest = _SHORTEST_SECONDS + _SECONDS_A_CHARACTER * len(text)
        blocks = Blocks(self._slowness * longest, self._service.host)
        async with aclosing(self._timely(text)) as sounds:
            async for sound in sounds:
                for block in blocks.feed(sound):
                    yield block
        for block in blocks.rest():
            yield block

    async def _timely(self, text: str) -> AsyncGenerator[Sound, None]:
        """What is sound of what comes. Raises EngineError when it does not come in time."""
        now = asyncio.get_running_loop().time
        deadline = now() + self._total_seconds
        async with aclosing(self._service.speak(text)) as sounds:
            while True:
                patience = min(self._wait_seconds, deadline - now())
                try:
                    with clock.hold(patience):
                        async with asyncio.timeout(patience):
                            sound = await _next(sounds)
                except TimeoutError as error:
                    raise EngineError(f"{self._service.host} does not answer in time") from error
                if sound is None:
                    return
                yield sound


async def _next(sounds: AsyncGenerator[Sound, None]) -> Sound | None:
    async for sound in sounds:
        if sound.pcm:
            return sound
    return None
