"""What stands out of its surroundings: the room as it was, and our own voice in it. Pure."""

from bisect import bisect_left, insort
from collections import deque
from typing import Final

_ROOM_MS: Final = 8_000
"""So much of the past is the room: a sentence that was just said is less than half of it."""
_QUIETEST_DBFS: Final = -60.0
"""A room is taken to be at least so loud: what is softer is said to nobody."""


class Surroundings:
    """The usual level of the last seconds, which a voice near the microphone rises above.

    It is the median, so that television and music raise it, and one sentence does not.
    """

    def __init__(self) -> None:
        self._levels: deque[tuple[float, float]] = deque()
        self._ordered: list[float] = []
        self._held_ms = 0.0

    def push(self, level_dbfs: float, milliseconds: float) -> None:
        """Take the level of the next block."""
        self._levels.append((level_dbfs, milliseconds))
        insort(self._ordered, level_dbfs)
        self._held_ms += milliseconds
        while self._held_ms > _ROOM_MS:
            oldest, length = self._levels.popleft()
            del self._ordered[bisect_left(self._ordered, oldest)]
            self._held_ms -= length

    @property
    def level_dbfs(self) -> float:
        """How loud it usually is, -60 at least; what was before all that is known was silence."""
        silent = 1.0 - self._held_ms / _ROOM_MS
        if silent >= 0.5:
            return _QUIETEST_DBFS
        rank = int(len(self._ordered) * (0.5 - silent) / (1.0 - silent))
        return max(_QUIETEST_DBFS, self._ordered[rank])
