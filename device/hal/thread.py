"""What a device's thread and the loop have in common."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from device import clock

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)

STALL_SECONDS: Final = 2.0
"""A device that moves nothing for so long is gone, whatever its driver says."""
_JOIN_SECONDS: Final = 1.0


def tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Run a callback in the loop, unless the loop is over."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)


async def off_loop(function: Callable[[], T]) -> T:
    """Run what a driver may hold up for ever, in a thread that nobody waits for at the end.

    In virtual time it runs at once, or time would jump over it.
    """
    if clock.is_virtual():
        return function()
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = function()
        except Exception as error:
            tell(loop, partial(_settle, future, partial(future.set_exception, error)))
        else:
            tell(loop, partial(_settle, future, partial(future.set_result, result)))

    threading.Thread(target=run, name="device-opener", daemon=True).start()
    return await future


def _settle(future: "asyncio.Future[T]", how: Callable[[], None]) -> None:
    if not future.done():
        how()


async def join(thread: threading.Thread) -> None:
    """Wait for the thread's end, but not for one that hangs in its driver."""
    await asyncio.to_thread(thread.join, _JOIN_SECONDS)
    if thread.is_alive():
        _LOGGER.warning("%s hangs in its driver and is left behind", thread.name)


async def happens(event: asyncio.Event) -> bool:
    """Wait for an event; False when it stays away for too long.

    The time is counted in two halves, so that a loop that itself hung for a while blames nobody.
    """
    for _ in range(2):
        with suppress(TimeoutError):
            async with asyncio.timeout(STALL_SECONDS / 2):
                await event.wait()
        if event.is_set():
            return True
    return False


def stalled(device: str) -> str:
    """The message for a device that moves nothing."""
    return f"the {device} has moved nothing for {STALL_SECONDS:g} s; see that it is plugged in"


def gone(device: str, error: object) -> str:
    """The message for a device that failed while in use."""
    return f"the {device} is gone ({error}); see that it is plugged in"
