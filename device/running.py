"""A speaker that is assembled: how its parts run beside each other, and how they end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from device import events as e
from device.bus import Bus
from device.errors import DeviceError
from device.session import Session
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
_RETAINED_SECONDS: Final = 0.1
"""Once connected, what the broker has retained is here after so long."""
_FIRST_WAIT_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 60.0

Part = Callable[[], Coroutine[Any, Any, None]]


class Broker(Protocol):
    """The line to the broker, as far as waiting for it goes."""

    async def wait_tried(self, seconds: float) -> None:
        """Wait up to `seconds` until the broker was reached, or is known to be away."""
        ...


class Household(Protocol):
    """What is learned of the home, as far as waiting for it goes."""

    async def settle(self, seconds: float = 0.5) -> None:
        """Wait `seconds` for announcements, and until those that came are learned."""
        ...


@dataclass(frozen=True, slots=True)
class Parlor:
    """A speaker, assembled."""

    bus: Bus
    session: Session
    vital: tuple[Part, ...]
    """What runs beside each other; one of them ending in an error ends the speaker."""
    others: tuple[Part, ...] = ()
    """What may fail alone: it is begun again after a while."""
    broker: Broker | None = None
    """None: there is none to reach."""
    household: Household | None = None
    """None: nothing is learned."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Be a speaker inside the block, which begins when the wake word is listened for."""
        told = self.bus.subscribe()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part()) for part in self.vital]
                tasks += [group.create_task(supervised(part)) for part in self.others]
                async for event in told:
                    if isinstance(event, e.Ready):
                        break
                told.close()
                yield
                await end(*reversed(tasks))
        except* DeviceError as failed:
            raise failed.exceptions[0] from None

    async def online(self, seconds: float) -> None:
        """Wait up to `seconds` until the broker was reached, or is known to be away.

        What it has retained of the home is learned then.
        """
        if self.broker is not None:
            await self.broker.wait_tried(seconds)
            await asyncio.sleep(_RETAINED_SECONDS)
        if self.household is not None:
            await self.household.settle()

    async def settled(self, seconds: float) -> None:
        """Wait until nothing has been under way for so long."""
        quiet = 0.0
        while quiet < seconds:
            await asyncio.sleep(0.1)
            quiet = 0.0 if self.session.busy else quiet + 0.1


async def supervised(part: Part) -> None:
    """Run a part that may fail alone; begin it again, ever more rarely while it fails at once."""
    wait, loop = _FIRST_WAIT_SECONDS, asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            return await part()
        except Exception as error:
            if loop.time() - began > _LONGEST_WAIT_SECONDS:
                wait = _FIRST_WAIT_SECONDS
            _LOGGER.warning(
                "a part of the speaker failed and begins again in %.0f s: %s",
                wait, error, exc_info=not isinstance(error, DeviceError),
            )  # fmt: skip
        await asyncio.sleep(wait)
        wait = min(_LONGEST_WAIT_SECONDS, wait * 2)
