"""Times turns side by side: one may go on after another has come and gone."""

from typing import Final

from device import events as e
from device.metrics.turn import TurnTimes

_TURNS: Final = 4
"""A turn that is interrupted, the one that interrupts it, and what comes late."""


class Stopwatch:
    """Tells a turn's times when it is over."""

    def __init__(self) -> None:
        self._turns: dict[int, TurnTimes] = {}

    def take(self, event: e.Event, now: float) -> e.TurnMeasured | None:
        """Take one more event at stage time `now`; what it measures when it ends a turn."""
        if event.turn_id <= 0:
            return None
        times = self._turns.get(event.turn_id, TurnTimes(event.turn_id)).fold(event, now)
        self._turns[event.turn_id] = times
        while len(self._turns) > _TURNS:
            del self._turns[next(iter(self._turns))]
        if isinstance(event, e.PlaybackFinished | e.NothingToSay) and times.answered:
            del self._turns[event.turn_id]
            return times.measured()
        return None
