"""From the microphone to the timeline: one channel, 16 kHz, cleaned of our own voice, gaps told."""

import logging

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.audio.resample import Resampler
from device.audio.timeline import Timeline
from device.config import AudioConfig
from device.errors import FormatUnsupported
from device.hal.base import Counters, Microphone, Rendered
from device.pipeline.array import Array
from device.pipeline.frontend.base import Frontend
from device.pipeline.plausibility import Fault, Plausibility

_LOGGER = logging.getLogger(__name__)


class Capture:
    """Writes one microphone into one timeline. Raises FormatUnsupported for a wrong channel."""

    def __init__(
        self,
        microphone: Microphone,
        timeline: Timeline,
        config: AudioConfig,
        frontend: Frontend | None = None,
    ) -> None:
        """Without a front end, what is heard is what was captured."""
        form = microphone.format
        if form.width != 2:
            raise FormatUnsupported("the microphone must deliver 16 bit; choose another device")
        self._microphone = microphone
        self._timeline = timeline
        self._frontend = frontend
        self._array = Array(config, form)
        self._plausibility = Plausibility(form.rate)
        self._resampler = Resampler(form.rate)
        self._next_sample = 0
        self._resampled = 0
        self._muted = False
        self.chunks = 0
        """Pieces of audio that the microphone has given; what grows shows that it lives."""
        self.captured_at: float | None = None
        """Loop time of the last sample captured; None: there was none."""

    @property
    def counters(self) -> Counters:
        """What the microphone lost."""
        return self._microphone.counters

    @property
    def fault(self) -> Fault | None:
        """Why what the microphone gives cannot be sound; None while it can."""
        return self._plausibility.fault

    def set_muted(self, muted: bool) -> None:
        """Let nothing that is heard into the timeline, or again all; its time goes on."""
        self._muted = muted

    async def run(self) -> None:
        """Capture until the microphone's end, then close the timeline. Raises DeviceLost."""
        try:
            while (chunk := await self._microphone.read()) is not None:
                self._write(chunk)
                self.chunks, self.captured_at = self.chunks + 1, chunk.captured_at
            self._hear(self._resampler.feed(_NOTHING, last=True), self.captured_at or 0.0)
        finally:
            self._timeline.close()

    def _write(self, chunk: AudioChunk) -> None:
        missing = chunk.start_sample - self._next_sample
        if missing > 0:
            self._skip(missing, chunk.captured_at - chunk.seconds)
        self._next_sample = chunk.stop_sample
        pcm = chunk.pcm()
        self._refer(pcm, chunk)
        mono = self._array.feed(pcm)
        self._judge(mono)
        if self._muted:
            mono = np.zeros_like(mono)
        self._hear(self._resampler.feed(mono), chunk.captured_at)

    def _refer(self, pcm: Samples, chunk: AudioChunk) -> None:
        """What an array itself says of the loudspeaker is the best reference there is."""
        reference = self._array.reference(pcm)
        if self._frontend is not None and reference is not None:
            played = Rendered(reference, chunk.captured_at - chunk.seconds)
            self._frontend.render(played, chunk.format.rate)

    def _judge(self, mono: Samples) -> None:
        """Notice a microphone that hears nothing; one that is muted is to hear nothing."""
        if self._muted or not self._microphone.live:
            return
        playing = self._frontend is not None and self._frontend.echo.playing
        if self._plausibility.feed(mono, playing=playing) and self.fault is not None:
            self._microphone.give_up(f"the microphone makes no sense [{self.fault.code}]")

    def _hear(self, samples: Samples, captured_at: float) -> None:
        """Write 16 kHz audio; what the resampler still holds is younger than its last sample."""
        self._resampled += len(samples)
        if self._frontend is None:
            self._timeline.write(samples)
        elif self._muted:
            # An echo that is not heard would teach the canceller that there is none.
            self._frontend.skip(len(samples))
            self._timeline.write(np.zeros_like(samples))
        else:
            held_seconds = self._next_sample / self._microphone.format.rate - self._resampled / RATE
            self._timeline.write(self._frontend.clean(samples, captured_at - held_seconds))

    def _skip(self, missing: int, began_at: float) -> None:
        """Tell the gap; sound on both sides of it must not run into one another."""
        rate = self._microphone.format.rate
        if self.chunks:  # before the first, nobody listened
            _LOGGER.info("%.3f s of the microphone's audio were lost", missing / rate)
        self._hear(self._resampler.feed(_NOTHING, last=True), began_at - missing / rate)
        self._resampler.clear()
        self._array.clear()
        lost = round(missing * RATE / rate)
        self._next_sample += missing
        self._resampled += lost
        self._timeline.skip(lost)
        if self._frontend is not None:
            self._frontend.skip(lost)


_NOTHING: Samples = np.zeros(0, dtype=np.int16)
