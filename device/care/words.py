"""Writes what is said and answered into the log, for those who want it there."""

import logging

from device import events as e
from device.bus import Subscription

_LOGGER = logging.getLogger(__name__)


class WordLog:
    """Follows the turns."""

    def __init__(self, events: Subscription) -> None:
        self._events = events

    async def run(self) -> None:
        """Write until the bus closes."""
        async for event in self._events:
            match event:
                case e.FinalTranscript(text=text, turn_id=turn_id):
                    _LOGGER.info("turn %d, said: %s", turn_id, text)
                case e.ReplyText(text=text, is_final=True, turn_id=turn_id) if text:
                    _LOGGER.info("turn %d, answered: %s", turn_id, text)
