"""A circuit breaker: who failed several times in a row is left alone for a while.

CLOSED     every call is let through
OPEN       none is, until the rest is over; every failed probe doubles it
HALF_OPEN  one is let through, the probe: it decides whether the next state is CLOSED or OPEN
"""

from enum import StrEnum


class BreakerState(StrEnum):
    """What is let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Time is handed in, in seconds of any clock that does not go back.

    Every call that was let through ends in exactly one of `succeeded`, `failed` and `dropped`.
    """

    def __init__(
        self, failures: int = 3, rest_seconds: float = 30.0, longest_seconds: float = 600.0
    ) -> None:
        """Opens after `failures` in a row; rests so long at first, and so long at most."""
        self._allowed = failures
        self._first_rest = rest_seconds
        self._longest_rest = longest_seconds
        self._failures = 0
        self._rest = rest_seconds
        self._open_until = 0.0
        self._state = BreakerState.CLOSED

    @property
    def state(self) -> BreakerState:
        """What is let through at present."""
        return self._state

    def rests_seconds(self, now: float) -> float:
        """How long nothing will be let through; 0: something is, or a probe is under way."""
        return max(0.0, self._open_until - now) if self._state is BreakerState.OPEN else 0.0

    def allows(self, now: float) -> bool:
        """Whether a call may be made now; a probe is let through once."""
        if self._state is BreakerState.OPEN and now >= self._open_until:
            self._state = BreakerState.HALF_OPEN
            return True
        return self._state is BreakerState.CLOSED

    def succeeded(self) -> None:
        """A call went well: everything is let through again."""
        self._failures, self._rest = 0, self._first_rest
        self._state = BreakerState.CLOSED

    def failed(self, now: float) -> None:
        """A call did not go well."""
        self._failures += 1
        if self._state is BreakerState.HALF_OPEN:
            self._rest = min(2 * self._rest, self._longest_rest)
            self._open(now)
        elif self._state is BreakerState.CLOSED and self._failures >= self._allowed:
            self._open(now)

    def dropped(self, now: float) -> None:
        """Nobody waited for the end of a call: a probe that told nothing may be made again."""
        if self._state is BreakerState.HALF_OPEN:
            self._state, self._open_until = BreakerState.OPEN, now

    def _open(self, now: float) -> None:
        self._state, self._open_until = BreakerState.OPEN, now + self._rest
