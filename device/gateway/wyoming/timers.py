"""Timers that were set at a Wyoming server, as orders to the speaker's own book.

The book rings them by itself, so that they ring though the server is gone. The server tells a timer
anew whenever it is changed, with what is left of it then.
"""

from collections.abc import Iterator
from typing import Final

from device import events as e
from device.gateway.wyoming.frames import BadFrame, Frame

_MOST: Final = 50
_LONGEST_ID: Final = 64
_SAME_SECONDS: Final = 1.5


class ServerTimers:
    """What is known of one server's timers."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float | None]] = {}
        """Seconds left by id, and since when they run; None: paused."""

    def take(self, frame: Frame, now: float) -> Iterator[e.TimerRequested]:
        """What a frame asks of the book; `now` in seconds of any clock that goes on.

        Raises BadFrame.
        """
        id = frame.text("id")[:_LONGEST_ID]
        if not id:
            raise BadFrame(f"{frame.type} needs an id")
        match frame.type:
            case "timer-started":
                yield from self._start(id, frame, now)
            case "timer-updated" if id in self._left:
                yield from self._update(id, frame, now)
            case "timer-cancelled" if self._left.pop(id, None):
                yield _order("cancel", id)
            case "timer-finished" if self._left.pop(id, None) is None:
                yield _order("start", id, seconds=1.0, name=frame.text("name"))

    def _start(self, id: str, frame: Frame, now: float) -> Iterator[e.TimerRequested]:
        if len(self._left) >= _MOST:
            self._forget_old(now)
        if id in self._left or len(self._left) >= _MOST:
            return
        seconds = float(max(1, frame.number("total_seconds")))
        self._left[id] = (seconds, now)
        yield _order("start", id, seconds=seconds, name=frame.text("name"))

    def _forget_old(self, now: float) -> None:
        """What must have rung is known no more: a server that went away tells no end."""
        self._left = {
            id: (left, since)
            for id, (left, since) in self._left.items()
            if since is None or now - since < left
        }

    def _update(self, id: str, frame: Frame, now: float) -> Iterator[e.TimerRequested]:
        left, since = self._left[id]
        left -= 0.0 if since is None else now - since
        wanted, active = float(frame.number("total_seconds")), frame.data.get("is_active") is True
        self._left[id] = (wanted, now if active else None)
        if abs(wanted - left) > _SAME_SECONDS:
            yield _order("add", id, seconds=wanted - left)
        if active is not (since is not None):
            yield _order("resume" if active else "pause", id)


def _order(action: str, id: str, **fields: float | str) -> e.TimerRequested:
    return e.TimerRequested(action=action, fields={"id": id, **fields})
