"""Notices when the loudspeaker fails, and brings it back before the next thing is to be said."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import DeviceLost
from device.hal.base import Counters, RenderedListener, Speaker

FIRST_WAIT_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 600.0
_SILENCE_SECONDS: Final = 0.3
"""More than any device takes without playing it."""


class WatchedSpeaker:
    """A loudspeaker whose failures are told, and that it plays again."""

    def __init__(self, speaker: Speaker, tell: Callable[[e.Event], None]) -> None:
        self.format: AudioFormat = speaker.format
        self._speaker = speaker
        self._tell = tell
        self._failed = asyncio.Event()

    @property
    def latency_seconds(self) -> float:
        """Audio accepted and not yet heard."""
        return self._speaker.latency_seconds

    @property
    def counters(self) -> Counters:
        """How often it ran dry."""
        return self._speaker.counters

    def on_rendered(self, listener: RenderedListener) -> None:
        """Tell of what it plays."""
        self._speaker.on_rendered(listener)

    async def write(self, chunk: AudioChunk) -> None:
        """Play a chunk. Raises DeviceLost."""
        with self._watched():
            await self._speaker.write(chunk)

    def soften(self, gain: float, seconds: float) -> float:
        """Make what waits softer."""
        return self._speaker.soften(gain, seconds)

    async def drop(self) -> float:
        """Fall silent."""
        return await self._speaker.drop()

    async def drain(self) -> None:
        """Wait for the end. Raises DeviceLost."""
        with self._watched():
            await self._speaker.drain()
        # Only now: a device that hangs takes what its buffer holds.
        self._become("")

    async def close(self) -> None:
        """Let the device go."""
        await self._speaker.close()

    async def run(self) -> None:
        """Try a loudspeaker that failed, with waits that double, until it plays again."""
        samples = round(_SILENCE_SECONDS * self.format.rate)
        silence = AudioChunk(bytes(samples * self.format.bytes_per_frame), self.format)
        while True:
            await self._failed.wait()
            wait = FIRST_WAIT_SECONDS
            while self._failed.is_set():
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
                with suppress(DeviceLost):
                    await self.write(silence)
                    await self.drain()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except DeviceLost as error:
            self._become(error.code)
            raise

    def _become(self, code: str) -> None:
        if bool(code) is self._failed.is_set():
            return
        (self._failed.set if code else self._failed.clear)()
        self._tell(e.HealthChanged(part="speaker", healthy=not code, code=code))
