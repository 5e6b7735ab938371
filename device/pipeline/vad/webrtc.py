"""WebRTC's voice activity detector: a Gaussian mixture over six bands, almost free of cost."""

from collections import deque
from typing import Any

import numpy as np

from device.audio.format import RATE, Samples
from device.errors import EngineMissing

_CHUNK_LENGTHS_MS = (10, 20, 30)
_DECISIONS = 3


class WebrtcVad:
    """A VadEngine on the `webrtcvad` package."""

    def __init__(self, aggressiveness: int = 2, chunk_ms: int = 30) -> None:
        if chunk_ms not in _CHUNK_LENGTHS_MS:
            raise ValueError(f"webrtcvad decides on 10, 20 or 30 ms, not on {chunk_ms} ms")
        if aggressiveness not in range(4):
            raise ValueError(f"aggressiveness is 0 to 3, not {aggressiveness}")
        try:
            import webrtcvad
        except ImportError as error:
            raise EngineMissing(
                "webrtcvad is not installed; run: pip install webrtcvad-wheels"
            ) from error
        self._package: Any = webrtcvad
        self._aggressiveness = aggressiveness
        self.chunk_samples = chunk_ms * RATE // 1000
        """Samples of one decision."""

    def open(self) -> "WebrtcStream":
        """A fresh stream."""
        return WebrtcStream(self._package.Vad(self._aggressiveness), self.chunk_samples)


class WebrtcStream:
    """Makes a probability of the yes and no of the newest decisions."""

    def __init__(self, vad: Any, chunk_samples: int) -> None:
        self._vad = vad
        self._chunk_samples = chunk_samples
        self._decisions: deque[bool] = deque(maxlen=_DECISIONS)

    def probability(self, samples: Samples) -> float:
        """Share of the last three decisions that were speech, with that on (chunk_samples,)."""
        if len(samples) != self._chunk_samples:
            raise ValueError(f"a block has {self._chunk_samples} samples, not {len(samples)}")
        audio = np.ascontiguousarray(samples, dtype="<i2").tobytes()
        self._decisions.append(self._vad.is_speech(audio, RATE))
        return sum(self._decisions) / len(self._decisions)
