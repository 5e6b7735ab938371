"""How much of what was sent to a telephone has been played there, by the marks it sends back. Pure.

After some sound a mark is sent that names the sample; it comes back when that sample has been
played. All marks come back at once when what was not played is thrown away: those tell nothing, so
a mark names the round too, and each clearing begins another.
"""

from typing import Final

_APART_SECONDS: Final = 0.1


class Marks:
    """Of one call."""

    def __init__(self, rate: int) -> None:
        """`rate` of the line."""
        self._rate = rate
        self._round = 0
        self._sent = 0
        self._marked = 0
        self._played = 0

    def sent(self, samples: int) -> str | None:
        """So many more were sent; tells the mark to send after them, if one is due."""
        self._sent += samples
        due = self._sent - self._marked >= _APART_SECONDS * self._rate
        return self.last() if due else None

    def last(self) -> str | None:
        """Nothing more is sent for now; tells the mark to send, if there is none at the end."""
        if self._marked == self._sent:
            return None
        self._marked = self._sent
        return f"{self._round}:{self._sent}"

    def cleared(self) -> None:
        """What was not played is thrown away."""
        self._round += 1
        self._sent = self._marked = self._played = 0

    def returned(self, name: str) -> float | None:
        """Seconds that are still to be played as a mark comes back; None where it tells nothing."""
        turn, _, sample = name.partition(":")
        if turn != str(self._round) or not (sample.isascii() and sample.isdigit()):
            return None
        # What was never sent, or came back before, is no news; nor is a number without end.
        if len(sample) > len(str(self._sent)) or not self._played < int(sample) <= self._sent:
            return None
        self._played = int(sample)
        return (self._sent - self._played) / self._rate
