"""Where engines compute: one named thread each, or inside the loop when time is virtual."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Protocol, TypeVar

from device import clock
from device.cores import Work, settle
from device.errors import EngineBusy

T = TypeVar("T")


_PLACES: Final = 8
_SHARED_PLACES: Final = 256
"""An engine is shared by all conversations, each of which waits for two answers at most."""


class Executor(Protocol):
    """Runs one computation after the other."""

    @property
    def busy(self) -> bool:
        """Whether a computation is under way or waits."""
        ...

    async def run(self, function: Callable[[], T]) -> T:
        """Compute off the loop. Raises EngineBusy when too much waits already."""
        ...

    def close(self) -> None:
        """Give the thread back; idempotent."""
        ...


class InlineExecutor:
    """Computes at once, so that virtual time cannot jump over running work."""

    busy = False

    async def run(self, function: Callable[[], T]) -> T:
        """Compute in the loop's own thread."""
        return clock.work(function)

    def close(self) -> None:
        """Nothing to give back."""


class WorkerExecutor:
    """One thread with a bounded queue, on the cores that its work belongs to."""

    def __init__(self, name: str, queue_size: int = _PLACES, work: Work = Work.ANSWER) -> None:
        self._name = name
        self._pool = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix=name, initializer=partial(settle, work)
        )
        self._size = self._places = queue_size

    @property
    def busy(self) -> bool:
        """Whether a computation is under way or waits."""
        return self._places < self._size

    async def run(self, function: Callable[[], T]) -> T:
        """Compute in the worker thread."""
        if self._places == 0:
            raise EngineBusy(f"{self._name} has too much to do; ask again in a moment")
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function)
        finally:
            self._places += 1

    def close(self) -> None:
        """Let the running computation end and drop the waiting ones."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class DeferredExecutor:
    """Opens at first use, in the loop that uses it: engines may be loaded where no loop runs."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._executor: Executor | None = None

    @property
    def busy(self) -> bool:
        """Whether a computation is under way or waits."""
        return self._executor is not None and self._executor.busy

    async def run(self, function: Callable[[], T]) -> T:
        """Compute off the loop."""
        if self._executor is None:
            self._executor = open_executor(self._name, places=_SHARED_PLACES)
        return await self._executor.run(function)

    def close(self) -> None:
        """Give the thread back; idempotent."""
        if self._executor is not None:
            self._executor.close()


def open_executor(name: str, work: Work = Work.ANSWER, places: int = _PLACES) -> Executor:
    """A worker thread, or the inline executor when the running loop is virtual."""
    return InlineExecutor() if clock.is_virtual() else WorkerExecutor(name, places, work)


async def load(open_engine: Callable[[], T]) -> T:
    """Load weights beside other weights; in virtual time one after the other."""
    if clock.is_virtual():
        return clock.work(open_engine)
    return await asyncio.to_thread(_settled, open_engine)


def _settled(open_engine: Callable[[], T]) -> T:
    # Engines start threads of their own, which stay where the thread is that loads them.
    settle(Work.ANSWER)
    return open_engine()
