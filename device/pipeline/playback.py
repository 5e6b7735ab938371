"""Plays audio on the loudspeaker, and knows how much of it was heard.

*Heard* is what the device accepted less what it still holds. A cut fades within 10 ms; audio that
comes too late leaves a faded hole, which is counted.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import AudioFormat, Samples
from device.audio.level import (
    FADE_SECONDS,
    Glide,
    Loudness,
    amplitude,
    fade_in,
    fade_out,
    spoken_dbfs,
)
from device.audio.resample import Resampler
from device.hal.base import Speaker
from device.pipeline.jitter import JitterBuffer
from device.tasks import end
from device.types import Played

_LOGGER = logging.getLogger(__name__)

DUCK_DB: Final = -20.0
"""What speech of a person takes from a reply until it is known what it means."""
RESTORE_SECONDS: Final = 1.0
"""Time in which a ducked reply comes back."""

_BLOCK_SECONDS: Final = 0.02
_EDGE_SECONDS: Final = 0.002
_JITTER_SECONDS: Final = 0.1
_AHEAD_SECONDS: Final = 10.0
_MARGIN_SECONDS: Final = 0.015
_NOTHING: Final[Samples] = np.zeros(0, dtype=np.int16)


@dataclass(slots=True)
class _Run:
    """One call of `play` in progress."""

    buffer: JitterBuffer
    accepted_seconds: float = 0.0
    stopped: bool = False
    telling: asyncio.TimerHandle | None = None
    """Will say that the first sample is heard."""
    dry: bool = True
    """True while the next sample would start from silence."""


class Playback:
    """One loudspeaker; plays one thing at a time."""

    def __init__(self, speaker: Speaker, volume: float = 0.7, voice_volume: float = 1.0) -> None:
        self._speaker = speaker
        self._rate = speaker.format.rate
        self._target_dbfs = spoken_dbfs(voice_volume)
        self._volume = Glide(loudness_curve(volume))
        self._duck = Glide()
        self._run: _Run | None = None
        self._writing = asyncio.Lock()
        self.volume = volume
        """0 to 1, as people turn the knob."""
        self.underruns = 0
        """Times that audio came too late since the start."""

    @property
    def playing(self) -> bool:
        """True while something is being played."""
        return self._run is not None

    @property
    def heard_seconds(self) -> float:
        """Seconds of what is being played that were heard so far; 0 when nothing is."""
        if self._run is None:
            return 0.0
        return max(0.0, self._run.accepted_seconds - self._speaker.latency_seconds)

    async def play(
        self,
        chunks: AsyncIterator[AudioChunk],
        *,
        normalise: bool = True,
        on_audible: Callable[[], None] | None = None,
    ) -> Played:
        """Play mono or interleaved 16-bit audio of any rate until its end or until `stop`.

        `on_audible` is called when the first sample leaves the loudspeaker. Errors of `chunks` are
        raised after what came before them was heard. Raises DeviceLost.
        """
        run = _Run(JitterBuffer(round(_AHEAD_SECONDS * self._rate)))
        feeder = asyncio.create_task(self._feed(run, chunks, normalise), name="playback-feeder")
        try:
            # What comes next is made while something else, a chime, still plays.
            async with self._writing:
                self._run = run
                await self._write(run, on_audible)
                await self._speaker.drain()
                return Played(self.heard_seconds, completed=await _outcome(feeder, run))
        except asyncio.CancelledError:
            if self._run is run:
                await self._speaker.drop()
            raise
        finally:
            await self._clear(run, feeder)

    async def _clear(self, run: _Run, feeder: asyncio.Task[None]) -> None:
        if self._run is run:
            self._run = None
        self._duck = Glide()
        if run.telling is not None:
            run.telling.cancel()
        await end(feeder)
        if not feeder.cancelled() and (error := feeder.exception()) is not None:
            _LOGGER.debug("the audio ended in an error: %s", error)

    async def stop(self) -> Played:
        """Fall silent at once; what waits is thrown away and `play` returns what was heard."""
        run = self._run
        if run is None:
            return Played(0.0)
        run.stopped = True
        run.accepted_seconds -= await self._speaker.drop()
        run.buffer.end()
        return Played(self.heard_seconds, completed=False)

    def set_volume(self, volume: float) -> None:
        """Turn the knob, 0 to 1."""
        self.volume = min(1.0, max(0.0, volume))
        self._volume.to(loudness_curve(self.volume), self._samples(FADE_SECONDS))

    def duck(self) -> None:
        """Play 20 dB softer at once."""
        self._duck.to(amplitude(DUCK_DB), self._samples(FADE_SECONDS))

    def unduck(self) -> None:
        """Come back to the old loudness over a second."""
        self._duck.to(1.0, self._samples(RESTORE_SECONDS))

    async def _feed(self, run: _Run, chunks: AsyncIterator[AudioChunk], normalise: bool) -> None:
        """Bring everything to the loudspeaker's rate and one loudness, and store it."""
        loudness, rate = Loudness(self._target_dbfs), self._rate
        resampler = Resampler(rate, rate)
        try:
            async for chunk in chunks:
                if chunk.format.rate != rate:
                    await run.buffer.put(resampler.feed(_NOTHING, last=True))
                    rate = chunk.format.rate
                    resampler = Resampler(rate, self._rate)
                samples = loudness.feed(_mono(chunk)) if normalise else _mono(chunk)
                await run.buffer.put(resampler.feed(samples))
            await run.buffer.put(resampler.feed(_NOTHING, last=True))
        finally:
            run.buffer.end()
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()

    async def _write(self, run: _Run, on_audible: Callable[[], None] | None) -> None:
        await run.buffer.filled(self._samples(_JITTER_SECONDS))
        while not run.stopped and (samples := await self._next(run)) is not None:
            samples = self._duck.feed(self._volume.feed(samples))
            run.accepted_seconds += len(samples) / self._rate
            await self._speaker.write(_chunk(samples, self._speaker.format))
            if run.telling is None and on_audible is not None:
                wait = max(0.0, self._speaker.latency_seconds - len(samples) / self._rate)
                run.telling = asyncio.get_running_loop().call_later(wait, on_audible)
            if run.dry:
                await run.buffer.filled(self._samples(_JITTER_SECONDS))
                self.underruns += run.buffer.samples > 0

    async def _next(self, run: _Run) -> Samples | None:
        """The next block, faded where sound starts or must stop; None at the end."""
        block, tail = self._samples(_BLOCK_SECONDS), self._samples(FADE_SECONDS)
        await self._wait_for(run.buffer, block + tail)
        held, ended = run.buffer.samples, run.buffer.ended
        if held == 0 and ended:
            return None
        late = held < block + tail and not ended
        samples = run.buffer.take(block + tail if late or held < block + tail else block)
        if run.dry:
            samples = fade_in(samples, self._rate, _EDGE_SECONDS)
        if ended and run.buffer.samples == 0:
            samples = fade_out(samples, self._rate, _EDGE_SECONDS)
        if late:
            samples = fade_out(samples, self._rate)
        run.dry = late
        return samples

    async def _wait_for(self, buffer: JitterBuffer, samples: int) -> None:
        """Wait for audio as long as the device still has something to play."""
        if buffer.samples >= samples or buffer.ended:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._speaker.latency_seconds - _MARGIN_SECONDS)):
                await buffer.filled(samples)

    def _samples(self, seconds: float) -> int:
        return round(seconds * self._rate)


def loudness_curve(volume: float) -> float:
    """The amplitude at which a knob at `volume` (0 to 1) sounds that loud: the square."""
    return min(1.0, max(0.0, volume)) ** 2


async def _outcome(feeder: asyncio.Task[None], run: _Run) -> bool:
    """Tell whether all was played; raises what the maker of the audio raised."""
    if run.stopped:
        return False
    await feeder
    return True


def _mono(chunk: AudioChunk) -> Samples:
    pcm = chunk.pcm()
    return pcm if pcm.ndim == 1 else pcm.mean(axis=1).astype(np.int16)


def _chunk(samples: Samples, form: AudioFormat) -> AudioChunk:
    """Mono samples as the device wants them."""
    spread = samples if form.channels == 1 else np.repeat(samples, form.channels)
    return AudioChunk(spread.astype("<i2").tobytes(), form)
