"""Knows whether there is a newer version, asks root to install it, and tells how far that is.

The speaker may not change what it is: it leaves a request in the state folder, and a unit of
systemd that waits for it does the rest (`parlor release update`).
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from device import __version__
from device import events as e
from device.bus import Subscription
from device.errors import DeviceError, StorageError
from device.executor import Executor
from device.fetching.patience import Patience
from device.releases.index import Index
from device.releases.manifest import newer
from device.releases.offers import fetch_index
from device.releases.progress import Progress, read_progress
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
_FIRST_SECONDS: Final = 10.0
"""Whoever has just been started has better things to do."""
_DAY_SECONDS: Final = 86_400.0
_LOOK_SECONDS: Final = 2.0
_PATIENCE: Final = Patience(attempts=1, silent_seconds=10.0)
"""Tomorrow is another day, and the speaker must be able to stop."""
REQUEST: Final = "update-request"


class Updates:
    """Follows what is told, looks daily for newer versions, and watches what root does."""

    def __init__(
        self, url: str, folder: Path, progress: Path, events: Subscription,
        tell: Callable[[e.Event], None], executor: Executor,
    ) -> None:  # fmt: skip
        """`url` is that of the index, `folder` takes the request, `progress` is root's file."""
        self._url = url
        self._folder = folder
        self._progress = progress
        self._events = events
        self._tell = tell
        self._executor = executor
        self._latest = Index(__version__)
        self._now = Progress()

    async def run(self) -> None:
        """Do so until the bus closes."""
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._look_on()), group.create_task(self._watch())]
            async for event in self._events:
                if isinstance(event, e.UpdateRequested):
                    self._request()
            await end(*beside)

    async def _look_on(self) -> None:
        wait = _FIRST_SECONDS
        while True:
            await asyncio.sleep(wait)
            wait = _DAY_SECONDS
            try:
                found = await self._executor.run(lambda: fetch_index(self._url, _PATIENCE))
            except DeviceError as error:
                _LOGGER.warning("cannot look for a newer version: %s [%s]", error, error.code)
                continue
            self._latest = found if newer(found.version, __version__) else Index(__version__)
            self._report()

    async def _watch(self) -> None:
        while True:
            progress = read_progress(self._progress)
            if progress != self._now:
                self._now = progress
                self._report()
                if progress.code:
                    self._fail(progress.code, progress.message)
            await asyncio.sleep(_LOOK_SECONDS)

    def _request(self) -> None:
        try:
            (self._folder / REQUEST).touch()
        except OSError as error:
            self._fail(StorageError.code, f"cannot ask for the update: {error.strerror}")

    def _fail(self, code: str, message: str) -> None:
        _LOGGER.warning("the update failed: %s [%s]", message, code)
        self._tell(e.StageFailed(stage="update", code=code, message=message, turn_id=-1))

    def _report(self) -> None:
        latest, now = self._latest, self._now
        self._tell(
            e.UpdateChanged(
                latest=now.version or latest.version, summary=latest.summary, url=latest.url,
                under_way=now.under_way, percent=now.percent,
            )
        )  # fmt: skip
