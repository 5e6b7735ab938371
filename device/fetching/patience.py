"""How often, how long and how slowly a file may be fetched. Pure: time is handed in."""

from dataclasses import dataclass
from typing import Final

ENOUGH_BYTES: Final = 64 * 1024
"""An attempt that brought so much was not in vain."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What is put up with before a server is given up."""

    attempts: int = 8
    """In a row that bring nothing."""
    first_wait_seconds: float = 0.5
    """Before the second attempt; twice as long before each one after it."""
    longest_wait_seconds: float = 60.0
    """Also what a server may ask for; who asks for longer is given up."""
    silent_seconds: float = 30.0
    """Without a byte."""
    window_seconds: float = 60.0
    """In each of these must come `window_bytes`."""
    window_bytes: int = 16 * 1024

    def wait_seconds(self, failures: int, asked: float | None) -> float | None:
        """How long to wait after so many failures in a row, 1 or more; None: give up.

        `asked` is what the server asks for.
        """
        if failures >= self.attempts or (asked or 0.0) > self.longest_wait_seconds:
            return None
        doubled: float = self.first_wait_seconds * 2 ** (failures - 1)
        return min(doubled if asked is None else asked, self.longest_wait_seconds)


class Pace:
    """Whether bytes come fast enough to wait for the rest."""

    def __init__(self, patience: Patience, now: float) -> None:
        self._patience = patience
        self._since = now
        self._bytes = 0

    def stalls(self, size: int, now: float) -> bool:
        """Count bytes that came; tells whether they come too slowly."""
        self._bytes += size
        if now - self._since < self._patience.window_seconds:
            return False
        slow = self._bytes < self._patience.window_bytes
        self._since, self._bytes = now, 0
        return slow
