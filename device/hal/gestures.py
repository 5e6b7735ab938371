"""PURE: what a button's edges mean. Times are handed in, in seconds of any clock.

The grammar is that of Home Assistant's Voice Preview Edition: presses of at most a second each,
less than a quarter of a second apart, count together; one of a second or more is a long one, and
is told while it lasts. More than three presses mean nothing.
"""

from enum import StrEnum
from typing import Final

LONG_SECONDS: Final = 1.0
APART_SECONDS: Final = 0.25


class Gesture(StrEnum):
    """A way to press a button."""

    SINGLE_PRESS = "single_press"
    DOUBLE_PRESS = "double_press"
    TRIPLE_PRESS = "triple_press"
    LONG_PRESS = "long_press"


_BY_COUNT: Final = (None, Gesture.SINGLE_PRESS, Gesture.DOUBLE_PRESS, Gesture.TRIPLE_PRESS)


class Debounced:
    """A contact whose bounces do not count: a level does once it has lasted."""

    def __init__(self, seconds: float, closed: bool = False) -> None:
        """`seconds`: how long a level must last; `closed`: how the contact is now."""
        self.closed = closed
        """The level that counts."""
        self._seconds = seconds
        self._level = closed
        self._since = 0.0

    @property
    def changing_since(self) -> float | None:
        """When the level came that does not count yet; None: there is none."""
        return None if self._level == self.closed else self._since

    @property
    def due(self) -> float | None:
        """When to ask again; None: not before the next edge."""
        return None if self._level == self.closed else self._since + self._seconds

    def edge(self, closed: bool, at: float) -> None:
        """Take the level that an edge led to; ask `settle` first."""
        if closed != self._level:
            self._level, self._since = closed, at

    def settle(self, now: float) -> bool:
        """Whether the level that counts has just become another one."""
        if self.due is None or now < self.due:
            return False
        self.closed = self._level
        return True


class Button:
    """One button: edges in, gestures out."""

    def __init__(self, debounce_seconds: float) -> None:
        self._contact = Debounced(debounce_seconds)
        self._presses = 0
        self._changed = 0.0
        self._long = False

    @property
    def due(self) -> float | None:
        """When to call `advance` if no edge comes; None: never."""
        return self._conclusion if self._contact.due is None else self._contact.due

    def edge(self, closed: bool, at: float) -> list[Gesture]:
        """Take an edge, and give the gestures that are certain by now."""
        gestures = self.advance(at)
        self._contact.edge(closed, at)
        return gestures

    def advance(self, now: float) -> list[Gesture]:
        """Let time pass, and give the gestures that are certain by now."""
        since = self._contact.changing_since
        if since is not None and self._contact.settle(now):
            self._change(since)
        return [] if self._contact.changing_since is not None else self._conclude(now)

    @property
    def _conclusion(self) -> float | None:
        """When what was pressed so far means something if nothing changes."""
        if self._contact.closed:
            return None if self._long else self._changed + LONG_SECONDS
        return self._changed + APART_SECONDS if self._presses else None

    def _change(self, at: float) -> None:
        self._changed = at
        if self._contact.closed:
            self._long = False
        elif not self._long:
            self._presses += 1

    def _conclude(self, now: float) -> list[Gesture]:
        if self._conclusion is None or now < self._conclusion:
            return []
        presses, self._presses = self._presses, 0
        if self._contact.closed:
            self._long = True
            return [Gesture.LONG_PRESS]
        gesture = _BY_COUNT[presses] if presses < len(_BY_COUNT) else None
        return [] if gesture is None else [gesture]
