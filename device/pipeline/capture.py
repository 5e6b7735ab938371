"""From the microphone to the timeline: channels to one, any rate to 16 kHz, gaps told."""

import logging

import numpy as np

from device.audio.channels import Mixer, open_mixer
from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.audio.resample import Resampler
from device.audio.timeline import Timeline
from device.config import AudioConfig
from device.errors import FormatUnsupported
from device.hal.base import Counters, Microphone

_LOGGER = logging.getLogger(__name__)


class Capture:
    """Writes one microphone into one timeline. Raises FormatUnsupported for a wrong channel."""

    def __init__(self, microphone: Microphone, timeline: Timeline, config: AudioConfig) -> None:
        form = microphone.format
        if form.width != 2:
            raise FormatUnsupported("the microphone must deliver 16 bit; choose another device")
        self._microphone = microphone
        self._timeline = timeline
        self._choice = config.channel
        self._mixer = self._fresh_mixer()
        self._resampler = Resampler(form.rate)
        self._next_sample = 0
        self._muted = False

    @property
    def counters(self) -> Counters:
        """What the microphone lost."""
        return self._microphone.counters

    def set_muted(self, muted: bool) -> None:
        """Let nothing that is heard into the timeline, or again all; its time goes on."""
        self._muted = muted

    async def run(self) -> None:
        """Capture until the microphone's end, then close the timeline. Raises DeviceLost."""
        try:
            while (chunk := await self._microphone.read()) is not None:
                self._write(chunk)
            self._timeline.write(self._resampler.feed(_NOTHING, last=True))
        finally:
            self._timeline.close()

    def _write(self, chunk: AudioChunk) -> None:
        missing = chunk.start_sample - self._next_sample
        if missing > 0:
            self._skip(missing)
        self._next_sample = chunk.stop_sample
        pcm = np.zeros_like(chunk.pcm()) if self._muted else chunk.pcm()
        mono = pcm if pcm.ndim == 1 else self._mixer.feed(pcm)
        self._timeline.write(self._resampler.feed(mono))

    def _skip(self, missing: int) -> None:
        """Tell the gap; sound on both sides of it must not run into one another."""
        rate = self._microphone.format.rate
        _LOGGER.info("%.3f s of the microphone's audio were lost", missing / rate)
        self._timeline.write(self._resampler.feed(_NOTHING, last=True))
        self._resampler.clear()
        self._mixer = self._fresh_mixer()
        self._timeline.skip(round(missing * RATE / rate))

    def _fresh_mixer(self) -> Mixer:
        form = self._microphone.format
        return open_mixer(self._choice, form.channels, form.rate)


_NOTHING: Samples = np.zeros(0, dtype=np.int16)
