"""The channels of a microphone: those that hear the room, and one that hears the loudspeaker."""

import numpy as np

from device.audio.channels import Mixer, open_mixer
from device.audio.format import AudioFormat, Samples
from device.config import AudioConfig
from device.errors import FormatUnsupported


class Array:
    """Makes one channel of what a device delivers. Raises FormatUnsupported for a wrong channel."""

    def __init__(self, config: AudioConfig, form: AudioFormat) -> None:
        self._form = form
        self._loopback = config.loopback
        self._choice = config.channel
        if self._loopback is not None and self._loopback >= form.channels:
            raise FormatUnsupported(
                f"the microphone delivers {form.channels} channels and [audio] loopback names "
                f"number {self._loopback}, counted from 0; set channels or loopback"
            )
        self._mixer = self._fresh_mixer()

    def feed(self, pcm: Samples) -> Samples:
        """The next samples, shape (n,) or (n, channels), as they are to be heard, shape (n,)."""
        if pcm.ndim == 1:
            return pcm
        if self._loopback is not None and isinstance(self._choice, str):
            pcm = np.delete(pcm, self._loopback, axis=1)
        return self._mixer.feed(pcm)

    def reference(self, pcm: Samples) -> Samples | None:
        """What the loudspeaker played meanwhile, shape (n,); None: there is no such channel."""
        return None if self._loopback is None or pcm.ndim == 1 else pcm[:, self._loopback]

    def clear(self) -> None:
        """What comes next does not follow what came before."""
        self._mixer = self._fresh_mixer()

    def _fresh_mixer(self) -> Mixer:
        apart = self._loopback is not None and isinstance(self._choice, str)
        return open_mixer(self._choice, self._form.channels - apart, self._form.rate)
