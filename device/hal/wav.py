"""Files instead of a microphone and a loudspeaker, paced by the loop's clock.

In real time they behave like devices; in virtual time both share the loop's one clock and run as
fast as the rest of the speaker computes.
"""

import asyncio
from collections import deque
from pathlib import Path
from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.files import read_sound, write_sound
from device.audio.format import INTERNAL, RATE, AudioFormat, Samples
from device.audio.level import FADE_SECONDS, Glide, fade_out
from device.executor import open_executor
from device.hal.base import Counters, Rendered, RenderedListener

_TELL_SECONDS: Final = 0.01


class _Sound:
    """A sound that waits to be heard by the microphone."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.delivered = asyncio.get_running_loop().create_future()

    def finish(self) -> None:
        if not self.delivered.done():
            self.delivered.set_result(None)


class WavMicrophone:
    """Hears silence until it is given a sound to hear; 16 kHz mono."""

    def __init__(self, chunk_seconds: float = 0.03) -> None:
        self.counters = Counters()
        self.format = INTERNAL
        self.live = False
        self._chunk_samples = round(chunk_seconds * RATE)
        self._sounds: deque[_Sound] = deque()
        self._position = 0
        self._began: float | None = None
        self._ends = False
        self._closed = False

    @property
    def began(self) -> float:
        """Loop time of sample 0."""
        if self._began is None:
            self._began = asyncio.get_running_loop().time()
        return self._began

    async def play(self, sound: Path | str | Samples) -> None:
        """Hear a sound (16 kHz when it is samples) and return when its last sample was delivered.

        Sounds that overlap wait for one another. Raises AudioFileError.
        """
        if not isinstance(sound, np.ndarray):
            path, executor = sound, open_executor("wav-reader")
            try:
                sound = await executor.run(lambda: read_sound(path))
            finally:
                executor.close()
        waiting = _Sound(sound)
        self._sounds.append(waiting)
        await waiting.delivered

    def end(self) -> None:
        """Stop after the sounds that wait; then `read` gives None."""
        self._ends = True

    async def read(self) -> AudioChunk | None:
        """Give the next chunk when its last sample has been captured."""
        if self._closed or (self._ends and not self._sounds):
            return None
        samples, over = self._take()
        due = self.began + (self._position + len(samples)) / RATE
        chunk = AudioChunk(samples.astype("<i2").tobytes(), INTERNAL, self._position, due)
        self._position += len(samples)
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        for sound in over:
            sound.finish()
        return chunk

    def give_up(self, reason: str) -> None:
        """Go on: a file is as it is."""

    async def close(self) -> None:
        """Let everybody go who waits for a sound."""
        self._closed = True
        while self._sounds:
            self._sounds.popleft().finish()

    def _take(self) -> tuple[Samples, list[_Sound]]:
        """The next block, and the sounds that end in it."""
        over: list[_Sound] = []
        block = np.zeros(self._chunk_samples, dtype=np.int16)
        filled = 0
        while self._sounds and filled < len(block):
            sound = self._sounds[0]
            part = sound.samples[: len(block) - filled]
            block[filled : filled + len(part)] = part
            filled += len(part)
            sound.samples = sound.samples[len(part) :]
            if len(sound.samples) == 0:
                over.append(self._sounds.popleft())
        return block, over


class WavSpeaker:
    """Keeps what would have been heard, and when; mono.

    Its buffer holds `buffer_seconds`: a write returns when everything before that was heard.
    """

    def __init__(
        self, path: Path | str | None = None, rate: int = 22_050, buffer_seconds: float = 0.05
    ) -> None:
        self.counters = Counters()
        self.format = AudioFormat(rate)
        self._path = path
        self._buffer_samples = round(buffer_seconds * rate)
        self._stretches: list[tuple[int, Samples]] = []
        self._end = 0
        self._drained = True
        self._closed = False
        self._listener: RenderedListener | None = None
        self._told = 0
        self._telling: asyncio.TimerHandle | None = None

    @property
    def latency_seconds(self) -> float:
        """Audio accepted and not yet heard."""
        return max(0.0, self._end / self.format.rate - asyncio.get_running_loop().time())

    def on_rendered(self, listener: RenderedListener) -> None:
        """Tell of sounds as they are heard, a moment later; between them it rests."""
        self._listener = listener

    async def write(self, chunk: AudioChunk) -> None:
        """Take mono 16-bit audio at the speaker's rate."""
        if chunk.format != self.format:
            raise ValueError(f"the speaker plays {self.format}, not {chunk.format}")
        if self._end < self._now():
            self.counters.underflows += not self._drained
            self._end = self._now()
        self._append(chunk.pcm())
        self._drained = False
        self._tell_on()
        await self._wait(self._buffer_samples)

    def soften(self, gain: float, seconds: float) -> float:
        """Make the unheard part softer."""
        now, end, fade = self._now(), self._end, Glide()
        fade.to(gain, round(seconds * self.format.rate))
        if end > now:
            tail = self._between(now, end)
            self._cut(now)
            self._append(fade.feed(tail))
        return fade.gain

    async def drop(self) -> float:
        """Throw the unheard part away, but for 10 ms that fade."""
        now, end = self._now(), self._end
        if end <= now:
            return 0.0
        keep = min(end, now + round(FADE_SECONDS * self.format.rate))
        tail = self._between(now, keep)
        self._cut(now)
        self._append(fade_out(tail, self.format.rate))
        self._drained = True
        return (end - keep) / self.format.rate

    async def drain(self) -> None:
        """Wait until the last sample has been heard."""
        await self._wait(0)
        self._drained = True

    async def close(self) -> None:
        """Leave the file; what was not heard by now is not in it."""
        if self._closed:
            return
        self._closed = True
        await self.drop()
        if self._telling is not None:
            self._telling.cancel()
        if self._path is not None:
            write_sound(self._path, self.heard(), self.format.rate)

    def heard(self, longest_pause_seconds: float = 0.5) -> Samples:
        """Everything accepted and not dropped, shape (n,); longer pauses are shortened."""
        longest = round(longest_pause_seconds * self.format.rate)
        parts: list[Samples] = []
        end = 0
        for start, samples in self._stretches:
            pause = min(start - end, longest) if parts else 0
            parts += [np.zeros(pause, dtype=np.int16), samples]
            end = start + len(samples)
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)

    def heard_from(self, start_seconds: float, samples: int) -> Samples:
        """What left the speaker from loop time `start_seconds` on, shape (samples,)."""
        start = round(start_seconds * self.format.rate)
        return self._between(start, start + samples)

    def forget(self) -> None:
        """Let go of what was heard: who listens for hours keeps no hours of it."""
        now = self._now()
        self._stretches = [one for one in self._stretches if one[0] + len(one[1]) > now]

    def _now(self) -> int:
        return round(asyncio.get_running_loop().time() * self.format.rate)

    async def _wait(self, samples: int) -> None:
        """Return when no more than so many samples are unheard."""
        await asyncio.sleep(max(0.0, self.latency_seconds - samples / self.format.rate))

    def _append(self, samples: Samples) -> None:
        self._stretches.append((self._end, samples))
        self._end += len(samples)

    def _cut(self, at: int) -> None:
        while self._stretches and self._stretches[-1][0] >= at:
            self._stretches.pop()
        if self._stretches:
            start, samples = self._stretches[-1]
            self._stretches[-1] = (start, samples[: at - start])
        self._end = at

    def _between(self, start: int, stop: int) -> Samples:
        out = np.zeros(max(0, stop - start), dtype=np.int16)
        for at, part in self._parts(start, stop):
            out[at - start : at - start + len(part)] = part
        return out

    def _parts(self, start: int, stop: int) -> list[tuple[int, Samples]]:
        """What stands between two samples, with its place, the oldest first."""
        parts: list[tuple[int, Samples]] = []
        for began, samples in reversed(self._stretches):
            if began + len(samples) <= start:
                break
            first, last = max(start, began), min(stop, began + len(samples))
            if first < last:
                parts.insert(0, (first, samples[first - began : last - began]))
        return parts

    def _tell_on(self) -> None:
        if self._listener is not None and self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(_TELL_SECONDS, self._tell, self._listener)

    def _tell(self, listener: RenderedListener) -> None:
        """Tell of what was heard by now, and nothing that may still be dropped."""
        now = self._now()
        for at, samples in self._parts(self._told, now):
            listener(Rendered(samples, at / self.format.rate))
        self._told, self._telling = now, None
        if self._end > now:
            self._tell_on()
