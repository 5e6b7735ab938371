"""Tells the log what a person who looks after the speaker wants to know of it."""

import logging

from device import __version__
from device import events as e
from device.bus import Subscription
from device.health import State, told_of

_LOGGER = logging.getLogger(__name__)


class Diary:
    """Follows what the speaker is able to do; one line for each loss and each return."""

    def __init__(self, events: Subscription) -> None:
        self._events = events
        self._failed: set[str] = set()

    async def run(self) -> None:
        """Write until the bus closes or the speaker stops."""
        try:
            async for event in self._events:
                self._take(event)
        finally:
            _LOGGER.info("stops")

    def _take(self, event: e.Event) -> None:
        match event:
            case e.Ready(words=words):
                _LOGGER.info("version %s listens for %s", __version__, ", ".join(words))
            case e.MuteChanged(muted=muted):
                _LOGGER.info("the microphone is %s", "muted" if muted else "open")
            # Who speaks to the broker tells of it in more words.
            case e.HealthChanged(part=part) if part != "broker":
                self._changed(event)

    def _changed(self, event: e.HealthChanged) -> None:
        for name, part in told_of(event).items():
            if part.state is State.FAILED:
                self._failed.add(name)
                _LOGGER.warning("%s [%s]", part.message, part.code)
            elif name in self._failed:
                self._failed.discard(name)
                _LOGGER.info("the %s works again", name)
