"""Which telephone calls may open a stream: those that were answered, each once, and soon. Pure.

The signature on the handshake of a stream is the same every time, so whoever saw one could come
again. What is answered to a call therefore holds a ticket that its stream must show. A call that
was answered gets no second ticket, so its signed request is of no use to anybody else either.
"""

import hmac
from collections import OrderedDict
from typing import Final

_SOON_SECONDS: Final = 60.0
_REMEMBERED: Final = 10_000
"""Calls; a number that nobody's kitchen reaches, and all of them are signed."""


class Tickets:
    """Issues them and takes them back. `now`: seconds that never go back."""

    def __init__(self) -> None:
        self._issued: OrderedDict[str, tuple[str, float]] = OrderedDict()
        """Ticket and time by call; no ticket once it was taken."""

    def issue(self, call: str, ticket: str, now: float) -> bool:
        """Remember a ticket for a call; False, and nothing is, when it had one before."""
        if not call or call in self._issued:
            return False
        self._issued[call] = ticket, now
        if len(self._issued) > _REMEMBERED:
            self._issued.popitem(last=False)
        return True

    def take(self, call: str, ticket: str, now: float) -> bool:
        """Whether this is the call's ticket; nobody can show it again."""
        issued, at = self._issued.get(call, ("", now))
        if not issued or not hmac.compare_digest(issued.encode(), ticket.encode()):
            return False
        self._issued[call] = "", at
        return now - at <= _SOON_SECONDS

    def waiting(self, now: float) -> int:
        """Calls that were answered and whose streams may still come."""
        return sum(
            bool(ticket) and now - at <= _SOON_SECONDS for ticket, at in self._issued.values()
        )
