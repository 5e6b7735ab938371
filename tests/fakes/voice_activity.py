"""Voice activity as services find it: by loudness, with the documented paddings."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from device.audio.format import Samples


@dataclass(frozen=True, slots=True)
class Began:
    """Speech was found."""

    at_ms: int
    """Its start less the prefix, counted from the first sample of the session."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Silence was long enough."""

    at_ms: int
    """End of what is taken as said."""


class VoiceActivity:
    """One session's detector; feed it everything."""

    def __init__(self, rate: int, prefix_ms: int = 300, silence_ms: int = 500) -> None:
        self._rate = rate
        self._prefix_ms = prefix_ms
        self._silence_ms = silence_ms
        self._samples = 0
        self._quiet_since: float | None = None

    def feed(self, samples: Samples) -> Iterator[Began | Ended]:
        """What the next samples, shape (n,), tell."""
        step = self._rate // 100
        for start in range(0, len(samples), step):
            block = samples[start : start + step]
            self._samples += len(block)
            now = self._samples * 1000 / self._rate
            loud = float(np.abs(block.astype(np.int32)).max(initial=0)) > 500
            if self._quiet_since is None and loud:
                self._quiet_since = now
                yield Began(max(0, round(now) - 10 - self._prefix_ms))
            elif self._quiet_since is not None:
                if loud:
                    self._quiet_since = now
                elif now - self._quiet_since >= self._silence_ms:
                    self._quiet_since = None
                    yield Ended(round(now))
