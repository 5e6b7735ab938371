"""MP3 that is decoded while it arrives, by libsndfile."""

import io
from typing import Final

import numpy as np
import soundfile

from device.audio.format import Samples
from device.errors import EngineError
from device.pipeline.tts.cloud.sound import Sound

_STEP_BYTES: Final = 1_500
"""A quarter of a second at 48 kbit/s."""
_STEP_SHARE: Final = 16
"""Of a long sentence no step is less than this part of what was decoded already."""


class Mp3Decoder:
    """Decodes all that is there anew at every step: so each frame has those it builds upon.

    A whole sentence is decoded in milliseconds, and what was decoded once comes out the same again.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._waiting = 0
        self._given = 0

    @property
    def given_samples(self) -> int:
        """Samples given so far."""
        return self._given

    def feed(self, data: bytes) -> list[Sound]:
        """The sound in the next bytes, as far as it can be told."""
        self._data += data
        self._waiting += len(data)
        step = max(_STEP_BYTES, len(self._data) // _STEP_SHARE)
        return self._decode() if self._waiting >= step else []

    def end(self) -> list[Sound]:
        """The rest of it. Raises EngineError when it is no MP3."""
        return self._decode() if self._waiting else []

    def _decode(self) -> list[Sound]:
        self._waiting = 0
        try:
            samples, rate = _read(bytes(self._data))
        except (soundfile.LibsndfileError, ValueError) as error:
            raise EngineError(f"it answers with what is no MP3 ({error})") from error
        new = samples[self._given :]
        self._given = max(self._given, len(samples))
        return [Sound(new.astype("<i2").tobytes(), rate)]


def _read(data: bytes) -> tuple[Samples, int]:
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    return np.ascontiguousarray(samples[:, 0]), int(rate)
