"""Removes what is kept of people: when it is old, or when somebody asks for it.

`parlor purge` and a speaker that runs meet in the state folder. Whoever holds purge.lock removes:
the speaker while it runs, because it would write again what it has in memory. The command then
leaves purge.json, {"before": seconds since 1970 or null}, and waits until it is gone.
"""

import asyncio
import fcntl
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from device import events as e
from device.care import kept
from device.executor import Executor

_LOGGER = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0
_FORGET_SECONDS: Final = 1.0
"""What is on its way to the disk as memory is cleared is there after so long."""
_AGE_SECONDS: Final = 3600.0
_LOCK: Final = "purge.lock"
_REQUEST: Final = "purge.json"


class Purging:
    """A running speaker's part in it."""

    def __init__(
        self, folder: Path, cache: Path, keep_days: int, tell: Callable[[e.Event], None],
        forget: Sequence[Callable[[], None]], clear: Sequence[Callable[[], None]],
        executor: Executor,
    ) -> None:  # fmt: skip
        """`forget` and `clear` are for those who do not follow events: what clears their disk, in
        a thread, and their memory, in the loop. 0 days: for ever.
        """
        self._folder = folder
        self._cache = cache
        self._keep_days = keep_days
        self._tell = tell
        self._forget = forget
        self._clear = clear
        self._executor = executor

    async def run(self) -> None:
        """Look for requests and for what is old, until cancelled."""
        try:
            with claimed(self._folder):
                await self._look_on()
        except OSError as error:
            _LOGGER.warning("nothing can be purged while the speaker runs: %s", error)

    async def _look_on(self) -> None:
        loop = asyncio.get_running_loop()
        aged = loop.time() - _AGE_SECONDS
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if (self._folder / _REQUEST).exists():
                await self._obey()
            elif self._keep_days and loop.time() - aged >= _AGE_SECONDS:
                aged = loop.time()
                await self._age()

    async def _obey(self) -> None:
        request = self._folder / _REQUEST
        try:
            before = json.loads(request.read_text(encoding="utf-8"))["before"]
            await self._remove(None if before is None else float(before))
        except (OSError, ValueError, TypeError, KeyError) as error:
            _LOGGER.warning("what is to be purged cannot be read: %s", error)
        kept.remove([request])

    async def _age(self) -> None:
        before = kept.days_ago(self._keep_days)
        look = partial(kept.found, self._folder, self._cache, before)
        if await self._executor.run(look):
            await self._remove(before)

    async def _remove(self, before: float | None) -> None:
        if before is None:
            for clear in self._clear:
                clear()
            for forget in self._forget:
                await self._executor.run(forget)
        self._tell(e.Purged(before=before))
        await asyncio.sleep(_FORGET_SECONDS)
        await self._executor.run(partial(purge, self._folder, self._cache, before))


@contextmanager
def claimed(folder: Path) -> Iterator[bool]:
    """Whether it is ours to remove inside the block: nobody else's speaker runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


@contextmanager
def requested(folder: Path, before: float | None) -> Iterator[Path]:
    """Ask the speaker that runs; inside the block wait until the file is gone."""
    request = folder / _REQUEST
    draft = folder / "purge.new"
    draft.write_text(json.dumps({"before": before}), encoding="utf-8")
    draft.replace(request)
    try:
        yield request
    finally:
        request.unlink(missing_ok=True)


def purge(folder: Path, cache: Path, before: float | None) -> None:
    """Remove the files; those that cannot be removed stay."""
    for one in kept.found(folder, cache, before):
        for file in kept.remove(one.files):
            _LOGGER.warning("%s cannot be removed", file)
