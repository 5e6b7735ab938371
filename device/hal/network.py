"""A microphone and a loudspeaker at the other end of a connection.

The microphone's clock is the sound that arrives: what was recorded before is heard several times as
fast as it was said, and a pause on the line becomes silence in real time, so that a sentence ends
though nothing is sent any more.
The loudspeaker's clock is the loop's: it sends a little ahead of what is heard over there.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat, Samples
from device.hal.base import Counters, Rendered, RenderedListener

_CHUNK_SECONDS: Final = 0.03
_PATIENCE_SECONDS: Final = 0.12
"""So late sound may be; then it is silence that was sent."""
_HASTE: Final = 8
"""So many times as fast as it was said may be heard: who listens has to keep up."""
_MOST_SECONDS: Final = 30.0
_LEAD_SECONDS: Final = 0.2


class NetworkMicrophone:
    """Hears what a connection hands in; mono."""

    def __init__(self, rate: int, most_seconds: float = _MOST_SECONDS) -> None:
        """What waits beyond `most_seconds` is lost, and counted."""
        self.counters = Counters()
        self.format = AudioFormat(rate)
        self.live = False
        self._most = round(most_seconds * rate)
        self._chunk = round(_CHUNK_SECONDS * rate)
        self._sounds: deque[Samples] = deque()
        self._waiting = 0
        self._position = 0
        self._heard_at: float | None = None
        self._silent = False
        self._ended = False
        self._arrived = asyncio.Event()

    @property
    def waiting_seconds(self) -> float:
        """Sound that was handed in and not yet read; who hands in more should wait."""
        return self._waiting / self.format.rate

    def feed(self, samples: Samples) -> None:
        """Hand in sound, shape (n,)."""
        if self._ended or not len(samples):
            return
        room = max(0, self._most - self._waiting)
        if len(samples) > room:
            self.counters.overflows += 1
            self.counters.lost_samples += len(samples) - room
            samples = samples[:room]
        self._sounds.append(samples)
        self._waiting += len(samples)
        self._arrived.set()

    def clear(self) -> None:
        """What waits is not heard."""
        self._sounds.clear()
        self._waiting = 0

    def end(self) -> None:
        """Stop after what waits; then `read` gives None."""
        self._ended = True
        self._arrived.set()

    async def read(self) -> AudioChunk | None:
        """What has arrived, else silence when that is due; None after the end."""
        while self._waiting < self._chunk and not self._ended and await self._comes():
            pass
        if self._waiting:
            taken = self._take()
            await asyncio.sleep(_CHUNK_SECONDS / _HASTE)
            return self._deliver(taken, silent=False)
        return None if self._ended else self._deliver(np.zeros(self._chunk, np.int16), silent=True)

    def give_up(self, reason: str) -> None:
        """Go on: a line is as it is."""

    async def close(self) -> None:
        """Hang up; what waits is not heard."""
        self.clear()
        self.end()

    async def _comes(self) -> bool:
        """Whether more arrives before silence is due."""
        loop = asyncio.get_running_loop()
        if self._heard_at is None:
            self._heard_at = loop.time()
        patience = _CHUNK_SECONDS if self._silent else _PATIENCE_SECONDS
        self._arrived.clear()
        try:
            async with asyncio.timeout_at(self._heard_at + patience):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True

    def _take(self) -> Samples:
        taken, wanted = [], min(self._chunk, self._waiting)
        while wanted:
            first = self._sounds.popleft()
            if len(first) > wanted:
                self._sounds.appendleft(first[wanted:])
                first = first[:wanted]
            taken.append(first)
            wanted -= len(first)
            self._waiting -= len(first)
        return np.concatenate(taken)

    def _deliver(self, samples: Samples, *, silent: bool) -> AudioChunk:
        """A pause is told from when it began: its silence catches up with the loop's clock."""
        now = asyncio.get_running_loop().time()
        began = now if self._heard_at is None or not silent else self._heard_at
        self._heard_at = began + _CHUNK_SECONDS if silent else now
        self._silent = silent
        audio = samples.astype("<i2").tobytes()
        chunk = AudioChunk(audio, self.format, self._position, min(now, self._heard_at))
        self._position += len(samples)
        return chunk


class NetworkSpeaker:
    """Plays by sending, as fast as it is heard and a little ahead; mono."""

    def __init__(
        self, rate: int, send: Callable[[AudioChunk], None], forget: Callable[[], None],
        lead_seconds: float = _LEAD_SECONDS, rest: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """`forget` tells the other end to throw away what it was sent and has not played; `rest`
        is called when nothing more is to be sent for now."""
        self.counters = Counters()
        self.format = AudioFormat(rate)
        self._send = send
        self._forget = forget
        self._rest = rest
        self._lead = lead_seconds
        self._end = 0.0
        self._drained = True
        self._listener: RenderedListener | None = None

    @property
    def latency_seconds(self) -> float:
        """Sound that was sent and is not heard yet."""
        return max(0.0, self._end - asyncio.get_running_loop().time())

    def on_rendered(self, listener: RenderedListener) -> None:
        """Tell of what is sent, as it is sent; what is dropped afterwards was told as well."""
        self._listener = listener

    async def write(self, chunk: AudioChunk) -> None:
        """Send, and return when less than the lead is unheard."""
        if chunk.format != self.format:
            raise ValueError(f"the line carries {self.format}, not {chunk.format}")
        now = asyncio.get_running_loop().time()
        if self._end < now:
            self.counters.underflows += not self._drained
            self._end = now
        self._drained = False
        if self._listener is not None:
            self._listener(Rendered(chunk.pcm(), self._end))
        self._end += chunk.seconds
        self._send(chunk)
        await asyncio.sleep(max(0.0, self.latency_seconds - self._lead))

    def soften(self, gain: float, seconds: float) -> float:
        """Nothing: what was sent stays as loud as it is."""
        return 1.0

    async def drop(self) -> float:
        """Let the other end throw away what it has not played."""
        unheard = self.latency_seconds
        if unheard:
            self._forget()
        self._end, self._drained = 0.0, True
        return unheard

    def report(self, unheard_seconds: float) -> None:
        """The other end tells how much of what it was sent it has still to play."""
        self._end = asyncio.get_running_loop().time() + unheard_seconds

    async def drain(self) -> None:
        """Wait until the last sample has been heard, which a report may put off."""
        self._rest()
        end = 0.0
        while end != self._end:
            end = self._end
            await asyncio.sleep(self.latency_seconds)
        self._drained = True

    async def close(self) -> None:
        """Say no more."""
        await self.drop()
