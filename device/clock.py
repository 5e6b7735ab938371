"""Loop time: real, or virtual so that an hour of audio passes in a moment.

In virtual time nothing waits: when no callback is ready the clock jumps to the next timer. WAV
microphone and WAV loudspeaker pace themselves by this clock, so both share one sample clock, and
it stands still while an engine works or while `hold` waits for a real socket.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpSelector(selectors.DefaultSelector):
    """Jumps over every wait, except while a hold is in force."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.held_until: list[float] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(None)
        wait = max(self.held_until, default=0.0) - time.monotonic()
        if wait > 0:
            return super().select(min(wait, 0.05))
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps from timer to timer."""

    def __init__(self) -> None:
        self._jump = _JumpSelector()
        self.worked_seconds = 0.0
        """Real time spent in engines and holds while the virtual clock stood still."""
        super().__init__(self._jump)

    def time(self) -> float:
        """Virtual seconds since the loop began."""
        return self._jump.now

    async def shutdown_default_executor(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of asyncio
    ) -> None:
        """Wait for threads for as long as they need: the clock would jump over any limit."""
        await super().shutdown_default_executor()

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Keep the clock still inside the block, for `seconds` of real time at most."""
        began = time.monotonic()
        deadline = began + seconds
        self._jump.held_until.append(deadline)
        try:
            yield
        finally:
            self._jump.held_until.remove(deadline)
            self.worked_seconds += time.monotonic() - began


@contextmanager
def hold(seconds: float) -> Iterator[None]:
    """Let the real world (a broker) answer before virtual time goes on; in real time: nothing."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualTimeLoop):
        with loop.held(seconds):
            yield
    else:
        yield


def work(function: Callable[[], T]) -> T:
    """Run a computation inside the loop's thread and book its real time as work."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    try:
        return function()
    finally:
        if isinstance(loop, VirtualTimeLoop):
            loop.worked_seconds += time.perf_counter() - began


def stage_time() -> float:
    """Seconds to measure stages by: loop time plus the work that virtual time stood still for."""
    loop = asyncio.get_running_loop()
    worked = loop.worked_seconds if isinstance(loop, VirtualTimeLoop) else 0.0
    return loop.time() + worked


def is_virtual() -> bool:
    """Tell whether a loop runs in this thread and its clock jumps."""
    try:
        return isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    except RuntimeError:
        return False


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
