"""Devices that are opened again, by the same name, after they were unplugged."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat
from device.errors import AudioError, DeviceLost
from device.hal.base import Counters, Microphone, Rendered, RenderedListener, Speaker
from device.hal.thread import STALL_SECONDS, off_loop, stalled

_LOGGER = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 15.0


class ReopeningMicrophone:
    """A microphone whose loss is a gap in its audio, however long.

    The first opening fails as it does without this. Later ones are tried for ever, with waits that
    double up to 15 s.
    """

    def __init__(self, open_device: Callable[[], Microphone]) -> None:
        self._open = open_device
        self._device: Microphone | None = open_device()
        self.format: AudioFormat = self._device.format
        self.live = self._device.live
        self._past = Counters()
        self._offset = 0
        self._next_sample = 0
        self._lost_at: float | None = None
        self._wait_seconds = _FIRST_WAIT_SECONDS
        self._closed = False

    @property
    def counters(self) -> Counters:
        """What was lost so far, with every device and between them."""
        return _sum(self._past, self._device)

    async def read(self) -> AudioChunk | None:
        """Give the next chunk, however long it takes. Raises DeviceLost for another format."""
        while self._device is not None:
            try:
                chunk = await self._device.read()
            except DeviceLost as error:
                if self._lost_at is None:
                    _LOGGER.warning("%s", error)
                await self._replace(self._device)
            else:
                self._see_it_back()
                return None if chunk is None else self._moved(chunk)
        return None

    def give_up(self, reason: str) -> None:
        """Open the device anew, after a gap."""
        if self._device is not None:
            self._device.give_up(reason)

    async def close(self) -> None:
        """Let the device go."""
        self._closed = True
        device, self._device = self._device, None
        if device is not None:
            await device.close()

    def _moved(self, chunk: AudioChunk) -> AudioChunk:
        moved = replace(chunk, start_sample=chunk.start_sample + self._offset)
        self._next_sample = moved.stop_sample
        return moved

    def _see_it_back(self) -> None:
        """Only sound shows that: a device may be opened and lost again at once, many times."""
        if self._lost_at is not None:
            away = asyncio.get_running_loop().time() - self._lost_at
            _LOGGER.info("the microphone is back after %.1f s", away)
        self._lost_at, self._wait_seconds = None, _FIRST_WAIT_SECONDS

    async def _replace(self, lost: Microphone) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._lost_at = began if self._lost_at is None else self._lost_at
        await lost.close()
        device = await self._reopened()
        if device is None:
            return
        if device.format != self.format:
            await device.close()
            raise DeviceLost(
                f"the microphone came back with {device.format} instead of {self.format}; "
                "set [audio] rate and channels"
            )
        self._past = self.counters
        missed = round((loop.time() - began) * self.format.rate)
        self._next_sample += missed
        self._device, self._offset = device, self._next_sample
        self._past.overflows += 1
        self._past.lost_samples += missed

    async def _reopened(self) -> Microphone | None:
        while not self._closed:
            await asyncio.sleep(self._wait_seconds)
            self._wait_seconds = min(2 * self._wait_seconds, _LONGEST_WAIT_SECONDS)
            try:
                return await off_loop(self._open)
            except (AudioError, OSError):
                self._past.refused += 1
        return None


class ReopeningSpeaker:
    """A loudspeaker that is opened again when the next thing is to be played.

    What plays while it is lost fails with DeviceLost.
    """

    def __init__(self, open_device: Callable[[], Speaker]) -> None:
        self._open = open_device
        self._listener: RenderedListener = _ignore
        self._opening: asyncio.Task[Speaker] | None = None
        self._device: Speaker | None = open_device()
        self.format: AudioFormat = self._device.format
        self._past = Counters()

    @property
    def counters(self) -> Counters:
        """How often they ran dry."""
        return _sum(self._past, self._device)

    @property
    def latency_seconds(self) -> float:
        """Audio accepted and not yet heard."""
        return 0.0 if self._device is None else self._device.latency_seconds

    def on_rendered(self, listener: RenderedListener) -> None:
        """Tell of what every one of the devices plays."""
        self._listener = listener
        if self._device is not None:
            self._device.on_rendered(listener)

    async def write(self, chunk: AudioChunk) -> None:
        """Play a chunk. Raises DeviceLost."""
        device = self._device or await self._reopen()
        try:
            await device.write(chunk)
        except DeviceLost:
            await self.close()
            raise

    def soften(self, gain: float, seconds: float) -> float:
        """Make what waits softer."""
        return 1.0 if self._device is None else self._device.soften(gain, seconds)

    async def drop(self) -> float:
        """Fall silent."""
        return 0.0 if self._device is None else await self._device.drop()

    async def drain(self) -> None:
        """Wait for the end. Raises DeviceLost."""
        try:
            if self._device is not None:
                await self._device.drain()
        except DeviceLost:
            await self.close()
            raise

    async def close(self) -> None:
        """Let the device go."""
        self._past = self.counters
        device, self._device = self._device, None
        if device is not None:
            await device.close()

    async def _reopen(self) -> Speaker:
        """Open it; a driver that holds this up is waited for again next time."""
        self._opening = self._opening or asyncio.create_task(off_loop(self._open))
        try:
            async with asyncio.timeout(STALL_SECONDS):
                device = await asyncio.shield(self._opening)
        except TimeoutError as error:
            raise DeviceLost(stalled("loudspeaker")) from error
        except (AudioError, OSError) as error:
            self._opening = None
            raise DeviceLost(str(error)) from error
        self._opening = None
        if device.format != self.format:
            await device.close()
            raise DeviceLost(f"the loudspeaker came back with {device.format}; set [audio] rate")
        device.on_rendered(self._listener)
        self._device = device
        return device


def _ignore(rendered: Rendered) -> None:
    """Nobody asked what is played."""


def _sum(past: Counters, device: Microphone | Speaker | None) -> Counters:
    now = Counters() if device is None else device.counters
    return Counters(
        past.overflows + now.overflows,
        past.lost_samples + now.lost_samples,
        past.underflows + now.underflows,
        past.refused + now.refused,
    )
