"""A blocking device, written by a thread of its own.

The thread writes one period after the other: what is queued, else silence, so that the device
never runs dry in the middle of a sentence and its buffer stays short. What is still queued can be
taken back.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat, Samples
from device.audio.level import Glide, fade_out
from device.errors import AudioError, DeviceLost
from device.hal.base import Counters, Rendered, RenderedListener
from device.hal.thread import gone, happens, join, stalled, tell

_QUEUE_SECONDS: Final = 0.04
_IDLE_SECONDS: Final = 0.5
_WAKING_PERIODS: Final = 4
"""What a device fills, about, before the first sample of a resting one is heard."""


class Sink(Protocol):
    """A device that plays, used by one thread."""

    @property
    def format(self) -> AudioFormat:
        """Format of what `write` takes, 16 bit."""
        ...

    @property
    def period_samples(self) -> int:
        """Samples per channel of every write."""
        ...

    def start(self) -> None:
        """Get ready to play. Raises OSError."""
        ...

    def write(self, audio: bytes) -> bool:
        """Wait until one period is accepted; False when the device had run dry. Raises OSError."""
        ...

    def unheard_samples(self) -> int:
        """Samples per channel accepted and not yet heard."""
        ...

    def stop(self) -> None:
        """Rest until the next `start`."""
        ...

    def close(self) -> None:
        """Let the device go."""
        ...


class ThreadedSpeaker:
    """Writes to a sink in a thread of its own.

    It begins at first use, in the loop that uses it: a device may be opened where no loop runs.
    """

    def __init__(self, sink: Sink, name: str) -> None:
        self.counters = Counters()
        self.format = sink.format
        self._sink = sink
        self._name = name
        self._period = sink.period_samples
        self._changed = threading.Condition()
        self._queue = bytearray()
        self._taken = self._written = self._sound_end = 0
        self._unheard, self._stamp = 0, time.monotonic()
        self._moved = asyncio.Event()
        self._listener: RenderedListener | None = None
        self._resting = True
        self._lost = ""
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def latency_seconds(self) -> float:
        """Audio accepted and not yet heard."""
        with self._changed:
            in_device = self._unheard - (time.monotonic() - self._stamp) * self.format.rate
            heard = self._written - max(0.0, in_device)
            last = self._taken if self._queue else self._sound_end
            unheard = max(0.0, last - heard)
            waking = _WAKING_PERIODS * self._period if self._resting and self._queue else 0
            return (self._queued() + unheard + waking) / self.format.rate

    def on_rendered(self, listener: RenderedListener) -> None:
        """Tell of every period that the device has taken, as it takes it."""
        self._listener = listener

    async def write(self, chunk: AudioChunk) -> None:
        """Queue the chunk and return when little is queued before the device."""
        if chunk.format != self.format:
            raise ValueError(f"the speaker plays {self.format}, not {chunk.format}")
        if self._thread is None:
            run = partial(self._run, asyncio.get_running_loop())
            self._thread = threading.Thread(target=run, name="speaker-writer", daemon=True)
            self._thread.start()
        with self._changed:
            self._queue += chunk.audio
            self._changed.notify()
        await self._until(lambda: self._queued() <= _QUEUE_SECONDS * self.format.rate)

    def soften(self, gain: float, seconds: float) -> float:
        """Change the queue; the device's own buffer plays out as it is."""
        with self._changed:
            frames = _frames(self._queue, self.format)
            fades = [Glide() for _ in range(self.format.channels)]
            for channel, fade in enumerate(fades):
                fade.to(gain, round(seconds * self.format.rate))
                frames[:, channel] = fade.feed(frames[:, channel])
            self._queue = bytearray(frames.tobytes())
        return fades[0].gain

    async def drop(self) -> float:
        """Take the queue back, but for one period that fades; the device's own buffer plays out."""
        with self._changed:
            head = self._queue[: self._period * self.format.bytes_per_frame]
            dropped = self._queued() - len(head) // self.format.bytes_per_frame
            self._queue = bytearray(_faded(bytes(head), self.format))
        return dropped / self.format.rate

    async def drain(self) -> None:
        """Wait until the last sample has been heard."""
        await self._until(lambda: self.latency_seconds <= 0.0)

    async def close(self) -> None:
        """End the thread and let the device go."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is None:
            self._sink.close()
        else:
            await join(self._thread)

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            if self._lost:
                raise DeviceLost(self._lost)
            self._moved.clear()
            if not await happens(self._moved):
                self._lost = stalled(f"loudspeaker {self._name}")
        if self._lost:
            raise DeviceLost(self._lost)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        reason = f"the loudspeaker {self._name} is closed"
        try:
            while self._wait_for_sound():
                self._sink.start()
                self._play(loop)
                self._sink.stop()
                self._resting = True
        except (OSError, AudioError) as error:
            reason = gone(f"loudspeaker {self._name}", error)
        finally:
            self._sink.close()
        tell(loop, lambda: self._fail(reason))

    def _wait_for_sound(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            return not self._closing

    def _play(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write period after period until there was nothing to play for a while."""
        silent, first = 0.0, True
        while silent < _IDLE_SECONDS and not self._closing:
            audio, sounding = self._take()
            silent = 0.0 if sounding else silent + self._period / self.format.rate
            if not self._sink.write(audio) and sounding and not first:
                self.counters.underflows += 1
            first = False
            with self._changed:
                self._written, self._resting = self._taken, False
                self._unheard, self._stamp = self._sink.unheard_samples(), time.monotonic()
                heard_at = self._stamp + (self._unheard - self._period) / self.format.rate
            tell(loop, partial(self._took, audio, heard_at))

    def _take(self) -> tuple[bytes, bool]:
        size = self._period * self.format.bytes_per_frame
        with self._changed:
            audio = bytes(self._queue[:size])
            del self._queue[:size]
            if audio:
                self._sound_end = self._taken + len(audio) // self.format.bytes_per_frame
            self._taken += self._period
        return audio.ljust(size, b"\0"), bool(audio)

    def _took(self, audio: bytes, heard_at: float) -> None:
        self._moved.set()
        if self._listener is not None:
            self._listener(Rendered(_mono(audio, self.format), heard_at))

    def _queued(self) -> int:
        return len(self._queue) // self.format.bytes_per_frame

    def _fail(self, reason: str) -> None:
        self._lost = self._lost or reason
        self._moved.set()


def _mono(audio: bytes, form: AudioFormat) -> Samples:
    frames = _frames(audio, form)
    mono: Samples = frames[:, 0] if form.channels == 1 else frames.mean(axis=1).astype(np.int16)
    return mono


def _faded(audio: bytes, form: AudioFormat) -> bytes:
    """Interleaved 16-bit PCM that falls to silence."""
    frames = _frames(audio, form)
    for channel in range(form.channels):
        frames[:, channel] = fade_out(frames[:, channel], form.rate)
    return frames.tobytes()


def _frames(audio: bytes | bytearray, form: AudioFormat) -> Samples:
    """A copy of interleaved 16-bit PCM, shape (n, channels)."""
    return np.frombuffer(bytes(audio), dtype="<i2").reshape(-1, form.channels).copy()
