"""The one door through which words and sounds leave the device, and what was used out there.

Whoever sends something to another machine holds the door open meanwhile: lights and attributes
show it, and nothing else knows what is under way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from device import events as e


class Unit(StrEnum):
    """What services count, and what is paid for."""

    REQUESTS = "requests"
    INPUT_TOKENS = "input_tokens"
    OUTPUT_TOKENS = "output_tokens"
    CHARACTERS = "characters"
    """Of text that is spoken."""
    AUDIO_SECONDS = "audio_seconds"
    """Sent and received."""
    CALLS = "calls"
    """To other people's telephones."""


Spend = Callable[[str, Unit, float], None]
"""Told of a service, a unit and how much of it was used."""


def _nobody_counts(service: str, unit: Unit, amount: float) -> None:
    """For tests and rehearsals."""


class Outside:
    """Tells that something leaves the device, and that it is over when the last one is answered."""

    def __init__(self, tell: Callable[[e.Event], None], spend: Spend = _nobody_counts) -> None:
        self._tell = tell
        self.spend = spend
        """Call it with what a service was used for, as soon as that is known."""
        self._under_way = 0

    @contextmanager
    def leaving(self, host: str) -> Iterator[None]:
        """Something of a person is on its way to a host, or its answer is awaited."""
        self._under_way += 1
        self._tell(e.CloudChanged(active=True, to=host))
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._tell(e.CloudChanged(active=False, to=host))
