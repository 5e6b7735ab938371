"""Plays audio on the loudspeaker, and knows how much of it was heard.

*Heard* is what the device accepted less what it still holds. A cut fades within 10 ms; audio that
comes too late leaves a faded hole, which is counted. What is held falls silent like a cut, lets
other sounds pass, and goes on from the sample that was heard last.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
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
from device.pipeline.passage import Passage
from device.tasks import end
from device.types import Played

_LOGGER = logging.getLogger(__name__)

DUCK_DB: Final = -24.0
"""What speech of a person takes from a reply until it is known what it means."""
RESTORE_SECONDS: Final = 1.0
"""Time in which a ducked reply comes back."""

_BLOCK_SECONDS: Final = 0.02
_EDGE_SECONDS: Final = 0.002
_JITTER_SECONDS: Final = 0.1
_AHEAD_SECONDS: Final = 10.0
_MARGIN_SECONDS: Final = 0.015
_NOTHING: Final[Samples] = np.zeros(0, dtype=np.int16)


class Playback:
    """One loudspeaker; plays one thing at a time."""

    def __init__(self, speaker: Speaker, volume: float = 0.7, voice_volume: float = 1.0) -> None:
        self._speaker = speaker
        self._rate = speaker.format.rate
        self._target_dbfs = spoken_dbfs(voice_volume)
        self._volume = Glide(loudness_curve(volume))
        self._duck = Glide()
        self._passages: list[Passage] = []
        self._writer: Passage | None = None
        self._held: Passage | None = None
        self._writing = asyncio.Lock()
        self.volume = volume
        """0 to 1, as people turn the knob."""
        self.underruns = 0
        """Times that audio came too late since the start."""

    @property
    def playing(self) -> bool:
        """True while something is being played."""
        return any(passage.accepted_seconds for passage in self._passages)

    @property
    def heard_seconds(self) -> float:
        """Seconds of what is being played that were heard so far; chimes do not count."""
        return 0.0 if self._main is None else self._heard(self._main)

    @property
    def _main(self) -> Passage | None:
        """What a person would say is being played."""
        going = (one for one in self._passages if not one.aside and one is not self._held)
        return next(going, None)

    def _heard(self, passage: Passage) -> float:
        """What the device still holds is of whatever was written last."""
        unheard = self._speaker.latency_seconds if passage is self._writer else 0.0
        return max(0.0, passage.accepted_seconds - unheard)

    async def play(
        self,
        chunks: AsyncIterator[AudioChunk],
        *,
        normalise: bool = True,
        on_audible: Callable[[], None] | None = None,
        aside: bool = False,
    ) -> Played:
        """Play mono or interleaved 16-bit audio of any rate until its end or until `stop`.

        `on_audible` is called when the first sample leaves the loudspeaker. Errors of `chunks` are
        raised after what came before them was heard. `aside`: a chime, which is never held and of
        which nobody asks how much was heard. Raises DeviceLost.
        """
        passage = Passage(self._rate, JitterBuffer(round(_AHEAD_SECONDS * self._rate)), aside)
        passage.going.set()
        self._passages.append(passage)
        feeder = asyncio.create_task(self._feed(passage, chunks, normalise), name="playback-feeder")
        try:
            played = await self._play(passage, on_audible)
            return replace(played, completed=await _outcome(feeder, passage))
        except asyncio.CancelledError:
            if self._writer is passage:
                await self._speaker.drop()
            raise
        finally:
            await self._clear(passage, feeder)

    async def _play(self, passage: Passage, on_audible: Callable[[], None] | None) -> Played:
        """Write until the end; while it is held or waits for audio something else may be played."""
        while True:
            await passage.going.wait()
            await passage.buffer.filled(self._samples(_JITTER_SECONDS))
            late = passage.dry and passage.accepted_seconds > 0
            self.underruns += late and passage.buffer.samples > 0
            async with self._writing:
                self._writer = passage
                await self._write(passage, on_audible)
                await self._speaker.drain()
                if passage.over:
                    return Played(passage.accepted_seconds)

    async def _clear(self, passage: Passage, feeder: asyncio.Task[None]) -> None:
        self._passages = [one for one in self._passages if one is not passage]
        if self._main is None:
            self._duck = Glide()
        if self._writer is passage:
            self._writer = None
        if self._held is passage:
            self._held = None
        if passage.telling is not None:
            passage.telling.cancel()
        await end(feeder)
        if not feeder.cancelled() and (error := feeder.exception()) is not None:
            _LOGGER.debug("the audio ended in an error: %s", error)

    async def stop(self) -> Played:
        """Fall silent at once; what waits is thrown away and `play` returns what was heard.

        What is held stays so.
        """
        stopped = [passage for passage in self._passages if passage is not self._held]
        if not stopped:
            return Played(0.0)
        dropped = await self._speaker.drop()
        if self._writer is not None:
            self._writer.accepted_seconds -= dropped
        heard = self.heard_seconds
        for passage in stopped:
            passage.end()
        return Played(heard, completed=False)

    async def hold(self) -> Played:
        """Fall silent at once; what was not heard waits for `resume` or `drop_held`."""
        passage = self._main
        if passage is None or self._held is not None:
            return Played(0.0)
        self._held = passage
        passage.going.clear()
        self._duck = Glide()
        if self._writer is passage and (dropped := await self._speaker.drop()):
            # What faded is played again in full.
            passage.take_back(dropped + FADE_SECONDS)
        return Played(self._heard(passage), completed=False)

    def resume(self) -> None:
        """Go on with what is held, as loud as before."""
        passage, self._held = self._held, None
        if passage is not None:
            passage.going.set()

    def drop_held(self) -> Played:
        """Throw away what is held, and tell how much of it was heard."""
        passage, self._held = self._held, None
        if passage is None:
            return Played(0.0)
        passage.end()
        return Played(passage.accepted_seconds, completed=False)

    def set_volume(self, volume: float) -> None:
        """Turn the knob, 0 to 1."""
        self.volume = min(1.0, max(0.0, volume))
        self._volume.to(loudness_curve(self.volume), self._samples(FADE_SECONDS))

    def duck(self) -> None:
        """Play softer at once, what already waits in the device's queue included."""
        goal = amplitude(DUCK_DB)
        reached = self._speaker.soften(goal / self._duck.gain, FADE_SECONDS)
        self._duck = Glide(self._duck.gain * reached)
        self._duck.to(goal, self._samples(FADE_SECONDS))

    def unduck(self) -> None:
        """Come back to the old loudness over a second."""
        self._duck.to(1.0, self._samples(RESTORE_SECONDS))

    async def _feed(
        self, passage: Passage, chunks: AsyncIterator[AudioChunk], normalise: bool
    ) -> None:
        """Bring everything to the loudspeaker's rate and one loudness, and store it."""
        loudness, rate = Loudness(self._target_dbfs), self._rate
        resampler = Resampler(rate, rate)
        try:
            async for chunk in chunks:
                if chunk.format.rate != rate:
                    await passage.buffer.put(resampler.feed(_NOTHING, last=True))
                    rate = chunk.format.rate
                    resampler = Resampler(rate, self._rate)
                samples = loudness.feed(_mono(chunk)) if normalise else _mono(chunk)
                await passage.buffer.put(resampler.feed(samples))
            await passage.buffer.put(resampler.feed(_NOTHING, last=True))
        finally:
            passage.buffer.end()
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()

    async def _write(self, passage: Passage, on_audible: Callable[[], None] | None) -> None:
        while not passage.stopped and (samples := await self._next(passage)) is not None:
            if not passage.going.is_set():
                passage.buffer.put_back(samples)
                return
            passage.accept(samples)
            samples = self._duck.feed(self._volume.feed(samples))
            await self._speaker.write(_chunk(samples, self._speaker.format))
            if passage.telling is None and on_audible is not None:
                wait = max(0.0, self._speaker.latency_seconds - len(samples) / self._rate)
                passage.telling = asyncio.get_running_loop().call_later(wait, on_audible)
            if passage.dry:
                return

    async def _next(self, passage: Passage) -> Samples | None:
        """The next block, faded where sound starts or must stop; None at the end."""
        block, tail = self._samples(_BLOCK_SECONDS), self._samples(FADE_SECONDS)
        await self._wait_for(passage.buffer, block + tail)
        held, ended = passage.buffer.samples, passage.buffer.ended
        if held == 0 and ended:
            return None
        late = held < block + tail and not ended
        samples = passage.buffer.take(block + tail if late or held < block + tail else block)
        if passage.dry:
            samples = fade_in(samples, self._rate, _EDGE_SECONDS)
        if ended and passage.buffer.samples == 0:
            samples = fade_out(samples, self._rate, _EDGE_SECONDS)
        if late:
            samples = fade_out(samples, self._rate)
        passage.dry = late
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


async def _outcome(feeder: asyncio.Task[None], passage: Passage) -> bool:
    """Tell whether all was played; raises what the maker of the audio raised."""
    if passage.stopped:
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
