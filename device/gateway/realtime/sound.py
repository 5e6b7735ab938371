"""Sound in the formats of OpenAI's Realtime protocol, base64 of it both ways. Pure."""

import base64
import binascii
from typing import Final

import numpy as np

from device.audio.format import Samples
from device.audio.resample import Resampler
from device.gateway import alaw, mulaw
from device.gateway.realtime.errors import wrong
from device.gateway.realtime.settings import ALAW, PCM, ULAW

SPOKEN_RATE: Final = 24_000
"""Samples a second of what is heard and said here, whatever the format."""
_RATES: Final = {PCM: SPOKEN_RATE, ULAW: mulaw.PHONE_RATE, ALAW: mulaw.PHONE_RATE}
_LAWS: Final = {ULAW: mulaw, ALAW: alaw}


class Heard:
    """Sound that a client appends, at SPOKEN_RATE."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        """PCM, ULAW or ALAW."""
        self._upward = Resampler(_RATES[kind], SPOKEN_RATE)

    def decode(self, audio: str, param: str = "audio") -> Samples:
        """What is in it, shape (n,). Raises Refused for what is no base64 or half a sample."""
        try:
            sound = base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError):
            raise wrong(param, audio[:20], "Base64 is expected.") from None
        if self.kind == PCM:
            if len(sound) % 2:
                raise wrong(param, len(sound), "16-bit samples have an even number of bytes.")
            return np.frombuffer(sound, "<i2").astype(np.int16)
        return self._upward.feed(_LAWS[self.kind].decode(sound))

    def rest(self) -> Samples:
        """What the filter still holds: nothing follows at once."""
        return _rest(self._upward)


class Spoken:
    """Sound of a reply, as the client wants it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        """PCM, ULAW or ALAW."""
        self._downward = Resampler(SPOKEN_RATE, _RATES[kind])

    def encode(self, samples: Samples) -> str:
        """At SPOKEN_RATE, shape (n,); empty where the filter still holds all of it."""
        if self.kind == PCM:
            return base64.b64encode(samples.astype("<i2").tobytes()).decode()
        narrow = self._downward.feed(samples)
        return base64.b64encode(_LAWS[self.kind].encode(narrow)).decode()

    def rest(self) -> str:
        """What the filter still holds: nothing follows at once."""
        if self.kind == PCM:
            return ""
        return base64.b64encode(_LAWS[self.kind].encode(_rest(self._downward))).decode()


def _rest(stream: Resampler) -> Samples:
    samples = stream.feed(np.zeros(0, np.int16), last=True)
    stream.clear()
    return samples
