"""Devices that do as they are told, faults included, and a room between the two.

They keep to the loop's clock like the file devices, so they work in real and in virtual time.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import INTERNAL, RATE, AudioFormat, Samples
from device.audio.level import to_samples, to_signal
from device.audio.resample import Resampler
from device.errors import DeviceLost
from device.hal.base import Counters, Microphone
from device.hal.wav import WavSpeaker


@dataclass(frozen=True, slots=True)
class Stall:
    """The microphone delivers nothing for a while; that audio is lost."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Overflow:
    """Audio passes that nobody took."""

    samples: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The device is unplugged."""


Step = Samples | Stall | Overflow | Lost
"""What a scripted microphone does next; samples have shape (n,) or (n, channels)."""


class ScriptedMicrophone:
    """Delivers what the script says, step by step; then its stream ends."""

    def __init__(
        self, script: Iterable[Step], form: AudioFormat = INTERNAL, chunk_seconds: float = 0.03
    ) -> None:
        self.format = form
        self.live = True
        self.counters = Counters()
        self._given_up = ""
        self._steps = deque(script)
        self._chunk_samples = round(chunk_seconds * form.rate)
        self._position = 0
        self._due: float | None = None
        self.closed = False

    async def read(self) -> AudioChunk | None:
        """Give the next chunk in time. Raises DeviceLost where the script says so."""
        while self._steps and not self.closed:
            if self._given_up:
                raise DeviceLost(self._given_up)
            step = self._steps[0]
            if isinstance(step, np.ndarray) and len(step):
                return await self._deliver(step)
            self._steps.popleft()
            if isinstance(step, Lost):
                raise DeviceLost("the scripted microphone was unplugged; plug it in again")
            if isinstance(step, Overflow):
                await self._miss(step.samples)
            elif isinstance(step, Stall):
                await self._miss(round(step.seconds * self.format.rate))
        return None

    def give_up(self, reason: str) -> None:
        """Be lost."""
        self._given_up = reason

    async def close(self) -> None:
        """Deliver nothing more."""
        self.closed = True

    async def _deliver(self, step: Samples) -> AudioChunk:
        block, self._steps[0] = step[: self._chunk_samples], step[self._chunk_samples :]
        start_sample = self._position
        self._position += len(block)
        captured_at = await self._pass(len(block))
        return AudioChunk(block.astype("<i2").tobytes(), self.format, start_sample, captured_at)

    async def _miss(self, samples: int) -> None:
        self.counters.overflows += 1
        self.counters.lost_samples += samples
        self._position += samples
        await self._pass(samples)

    async def _pass(self, samples: int) -> float:
        """Wait until so many more samples were captured, and tell when that was."""
        now = asyncio.get_running_loop().time()
        self._due = (now if self._due is None else self._due) + samples / self.format.rate
        await asyncio.sleep(max(0.0, self._due - now))
        return self._due


class FaultySpeaker(WavSpeaker):
    """A loudspeaker that can be unplugged, or hang for a while."""

    def __init__(self, rate: int = 22_050, buffer_seconds: float = 0.05) -> None:
        super().__init__(None, rate, buffer_seconds)
        self._unplugged = False
        self._hangs_seconds = 0.0

    def unplug(self) -> None:
        """Be gone from now on."""
        self._unplugged = True

    def hang(self, seconds: float) -> None:
        """Accept the next chunk that much later."""
        self._hangs_seconds = seconds

    async def write(self, chunk: AudioChunk) -> None:
        """Take audio, unless unplugged. Raises DeviceLost."""
        self._see()
        if self._hangs_seconds:
            seconds, self._hangs_seconds = self._hangs_seconds, 0.0
            await asyncio.sleep(seconds)
        await super().write(chunk)
        self._see()

    async def drain(self) -> None:
        """Wait for the end, unless unplugged. Raises DeviceLost."""
        self._see()
        await super().drain()

    def _see(self) -> None:
        if self._unplugged:
            raise DeviceLost("the loudspeaker was unplugged; plug it in again")


class Room:
    """A microphone that hears its own sound and the loudspeaker, later and softer.

    `response` is the room's impulse response at 16 kHz, shape (n,), shorter than a second; the
    delay, at least one chunk long, is added to it.
    """

    def __init__(
        self,
        near: Microphone,
        speaker: WavSpeaker,
        delay_seconds: float = 0.06,
        gain: float = 0.3,
        response: Iterable[float] = (1.0,),
    ) -> None:
        if near.format != INTERNAL:
            raise ValueError("the room's microphone must deliver 16 kHz mono")
        self.format = near.format
        self.live = near.live
        self._near = near
        self._speaker = speaker
        self._delay_seconds = delay_seconds
        self._response = gain * np.asarray(list(response), dtype=np.float32)
        self._resampler = Resampler(speaker.format.rate)
        self._taken: int | None = None
        self._heard: Samples = np.zeros(0, dtype=np.int16)
        self._tail = np.zeros(len(self._response) - 1, dtype=np.float32)

    @property
    def counters(self) -> Counters:
        """Those of the microphone."""
        return self._near.counters

    async def read(self) -> AudioChunk | None:
        """Give the microphone's next chunk with the echo in it."""
        chunk = await self._near.read()
        if chunk is None:
            return None
        echo = self.echo(chunk.samples)
        mixed = to_samples(to_signal(chunk.pcm()) + echo)
        return replace(chunk, audio=mixed.astype("<i2").tobytes())

    def give_up(self, reason: str) -> None:
        """Give the microphone up."""
        self._near.give_up(reason)

    async def close(self) -> None:
        """Close the microphone."""
        await self._near.close()

    def echo(self, samples: int) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        """The echo in the next `samples` samples, shape (samples,), full scale ±1.0."""
        rate = self._speaker.format.rate
        now = asyncio.get_running_loop().time()
        stop = round((now - self._delay_seconds) * rate)
        if self._taken is None:
            self._taken = stop - round(samples * rate / RATE)
        passed = self._speaker.heard_from(self._taken / rate, max(0, stop - self._taken))
        self._taken = max(stop, self._taken)
        self._heard = np.concatenate((self._heard, self._resampler.feed(passed)))
        dry = np.zeros(samples, dtype=np.float32)
        part, self._heard = self._heard[:samples], self._heard[samples:]
        dry[: len(part)] = to_signal(part)
        wet = np.convolve(dry, self._response).astype(np.float32)
        wet[: len(self._tail)] += self._tail
        self._tail = wet[samples:]
        return wet[:samples]
