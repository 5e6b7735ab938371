"""Ends tasks for certain."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_PATIENCE_SECONDS = 5.0
"""What a task may take to clean up before it is asked again."""


async def end(*tasks: "asyncio.Task[Any] | None") -> None:
    """Cancel tasks and return when all have ended; what they raise is left to their owners.

    One cancel is not enough: `asyncio.wait_for` of Python 3.11 may swallow it as it returns.
    """
    running = {task for task in tasks if task is not None and not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_PATIENCE_SECONDS)


async def until_one_ends(*parts: Coroutine[Any, Any, Any]) -> None:
    """Run all at once until one ends, which ends the others; raises what that one raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(*tasks)
        await asyncio.gather(*tasks, return_exceptions=True)
    await next(task for task in tasks if task in ended)
