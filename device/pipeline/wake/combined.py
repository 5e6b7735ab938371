"""Several wake engines at once, when words ask for different ones."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from device.audio.format import Samples
from device.errors import UsageError
from device.pipeline.base import WakeEngine, WakeStream
from device.types import Detection


class AdjustableWakeEngine(WakeEngine, Protocol):
    """A wake engine whose sensitivity can be changed while it runs."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Threshold of every word, 0 to 1."""
        ...

    def set_threshold(self, word: str, value: float) -> None:
        """Change one in all streams. Raises UsageError."""
        ...


class CombinedEngine:
    """Knows the words of all its engines."""

    def __init__(self, engines: Sequence[AdjustableWakeEngine]) -> None:
        self._engines = tuple(engines)

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the words it knows."""
        return tuple(word for engine in self._engines for word in engine.words)

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Threshold of every word, 0 to 1."""
        return {
            word: value for engine in self._engines for word, value in engine.thresholds.items()
        }

    def set_threshold(self, word: str, value: float) -> None:
        """Change one in all streams. Raises UsageError."""
        for engine in self._engines:
            if word in engine.words:
                engine.set_threshold(word, value)
                return
        raise UsageError(f"no wake word {word!r}; there are: {', '.join(self.words)}")

    def open(self) -> "CombinedStream":
        """A fresh stream."""
        return CombinedStream([engine.open() for engine in self._engines])


class CombinedStream:
    """Feeds the same audio to every engine's stream."""

    def __init__(self, streams: Sequence[WakeStream]) -> None:
        self._streams = tuple(streams)
        self._heard: deque[Detection] = deque()

    def feed(self, samples: Samples) -> Detection | None:
        """Take the next samples; of several words in them the later ones come with later feeds."""
        found = [stream.feed(samples) for stream in self._streams]
        self._heard.extend(sorted((d for d in found if d is not None), key=lambda d: d.at_sample))
        return self._heard.popleft() if self._heard else None

    def close(self) -> None:
        """Give memory back; idempotent."""
        for stream in self._streams:
            stream.close()
