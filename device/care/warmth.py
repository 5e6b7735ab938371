"""Warms engines and connections up: at start, and when somebody calls after a long rest.

Weights that were not used for long have left memory, and connections have been closed. Between the
wake word and the end of the sentence there is time to bring them back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from device import events as e
from device.bus import Subscription
from device.errors import DeviceError

_LOGGER = logging.getLogger(__name__)
REST_SECONDS: Final = 600.0
"""After so long things may be cold."""

WarmUp = Callable[[], Awaitable[None]]


class Warmth:
    """Follows what the speaker does."""

    def __init__(
        self, events: Subscription, at_start: Sequence[WarmUp], after_rest: Sequence[WarmUp]
    ) -> None:
        """All of each kind are warmed up beside each other; one that fails is left cold."""
        self._events = events
        self._at_start = at_start
        self._after_rest = after_rest

    async def run(self) -> None:
        """Keep warm until the bus closes."""
        await _all(self._at_start)
        loop = asyncio.get_running_loop()
        used = loop.time()
        async for event in self._events:
            if not isinstance(event, e.StateChanged):
                continue
            if loop.time() - used >= REST_SECONDS and event.old is e.TurnState.IDLE:
                await _all(self._after_rest)
            used = loop.time()


async def _all(warm_ups: Sequence[WarmUp]) -> None:
    await asyncio.gather(*(_one(warm_up) for warm_up in warm_ups))


async def _one(warm_up: WarmUp) -> None:
    try:
        await warm_up()
    except DeviceError as error:
        _LOGGER.info("not warmed up [%s]: %s", error.code, error)
