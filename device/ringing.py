"""What a timer sounds like: rings that grow louder, and between them what it is for."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.audio.level import TARGET_DBFS, Loudness
from device.pipeline.earcons import Earcon, earcon

LONGEST_SECONDS: Final = 900.0
"""What nobody stops falls silent after so long."""
QUIETEST_VOLUME: Final = 0.3
"""An alarm is heard even if replies were turned down to nothing."""

_RISE_SECONDS: Final = 60.0
_FIRST_GAIN: Final = 0.25
_RINGS: Final = 3
"""Rings before it is said what they are for, and before a longer pause."""
_PAUSE_SECONDS: Final = 1.5

Say = Callable[[], AsyncIterator[AudioChunk]]


class Ringing:
    """The sound of one timer, for a quarter of an hour at most."""

    def __init__(self, rate: int, say: Say | None = None) -> None:
        """`rate`: samples a second of the rings; `say`: speaks what they are for."""
        self._rate = rate
        self._say = say
        self._spoken: list[tuple[float, float]] = []
        self._seconds = 0.0

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        """Ring, say what for, pause, and again; the pauses are for the person to speak in."""
        ring = earcon(Earcon.TIMER, self._rate)
        while self._seconds < LONGEST_SECONDS:
            for _ in range(_RINGS):
                yield self._chunk(ring, self._rate, self._gain())
            begin = self._seconds
            async for chunk in self._label():
                yield chunk
            if self._seconds > begin:
                self._spoken.append((begin, self._seconds))
            yield self._chunk(np.zeros(int(_PAUSE_SECONDS * self._rate), np.int16), self._rate)

    def speaks(self, begin: float, end: float) -> bool:
        """Whether the speaker itself said something between these seconds of the ringing."""
        return any(begin < stop and start < end for start, stop in self._spoken)

    async def _label(self) -> AsyncIterator[AudioChunk]:
        if self._say is None:
            return
        loudness, gain = Loudness(TARGET_DBFS), self._gain()
        async for chunk in self._say():
            yield self._chunk(loudness.feed(chunk.pcm()), chunk.format.rate, gain)

    def _gain(self) -> float:
        risen = min(1.0, self._seconds / _RISE_SECONDS)
        return _FIRST_GAIN + (1.0 - _FIRST_GAIN) * risen

    def _chunk(self, samples: Samples, rate: int, gain: float = 1.0) -> AudioChunk:
        chunk = AudioChunk.from_samples((samples * gain).astype(np.int16), rate)
        self._seconds += chunk.seconds
        return chunk
