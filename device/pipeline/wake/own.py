"""Wake words that our own loudspeaker says: they wake nobody."""

from collections import deque
from typing import Final

from device.audio.format import RATE, Samples
from device.pipeline.base import WakeStream
from device.types import Detection

_HANG_SAMPLES: Final = RATE
"""A word is heard so long after it was said, at most."""
_APART_SAMPLES: Final = RATE // 2
"""Two that end closer together are one; a person who repeats our word is later than that."""
_LATER_SAMPLES: Final = RATE * 8 // 100
"""One of two streams that hear the same finds a word so much later, at most: the step of one."""


class OwnWords:
    """Listens to what is played, with a stream of its own, and only while something is."""

    def __init__(self, stream: WakeStream) -> None:
        """`stream` is kept: a fresh one is expensive."""
        self._stream = stream
        self._fed = 0
        self._awake_until = 0
        self._said: deque[Detection] = deque(maxlen=8)
        self._waiting: deque[tuple[Detection, int]] = deque()

    def hear(self, played: Samples, start_sample: int) -> None:
        """Take what was played while samples from `start_sample` on were captured, shape (n,)."""
        if played.any():
            self._awake_until = start_sample + len(played) + _HANG_SAMPLES
        if start_sample >= self._awake_until:
            return
        origin = start_sample - self._fed
        self._fed += len(played)
        found = self._stream.feed(played)
        if found is not None:
            self._said.append(found.later(origin))

    def sift(self, found: Detection | None, now: int) -> Detection | None:
        """A word that somebody else said, up to 80 ms after it was found while something plays.

        `found`: what was heard in the room, counted like `start_sample`, if anything was; `now`:
        first sample not heard yet.
        """
        if found is not None:
            self._waiting.append((found, now + _LATER_SAMPLES))
        if not self._waiting or (now < self._waiting[0][1] and now < self._awake_until):
            return None
        word, _ = self._waiting.popleft()
        return None if self._is_ours(word) else word

    def _is_ours(self, found: Detection) -> bool:
        return any(
            own.word == found.word and abs(own.end_sample - found.end_sample) < _APART_SAMPLES
            for own in self._said
        )

    def close(self) -> None:
        """Give memory back; idempotent."""
        self._stream.close()
