"""Writes down every two seconds how the speaker is, and reads it for those who look after it."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from device import __version__
from device import events as e
from device.bus import Subscription
from device.errors import DeviceError
from device.folders import runtime_folder
from device.health import DEAF_SECONDS, Health, Part, State, read_health, told_of
from device.tasks import end

_LOGGER = logging.getLogger(__name__)
WRITE_SECONDS: Final = 2.0
_NAME: Final = "health.json"
_USUAL_FOLDER: Final = Path("/run/parlor")
"""Of a speaker that systemd runs; one who looks after it from a shell is not told."""
_LARGEST_BYTES: Final = 65_536


class Hears(Protocol):
    """What captures, as far as its progress goes."""

    @property
    def chunks(self) -> int:
        """Pieces of audio captured so far."""
        ...

    @property
    def captured_at(self) -> float | None:
        """Loop time of the last sample; None: there was none."""
        ...


class HealthFile:
    """Follows what is told of the speaker's parts."""

    def __init__(
        self, folder: Path, capture: Hears, muted: Callable[[], bool], events: Subscription,
        broker: bool, loaded: Callable[[], Awaitable[None]],
        wall: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """`broker`: whether one is configured; `loaded` returns when every engine is there."""
        self._file = folder / _NAME
        self._capture = capture
        self._muted = muted
        self._events = events
        self._loaded = loaded
        self._wall = wall
        self._ready = False
        self._broker = "lost" if broker else "off"
        self._parts = {"engines": Part(State.LOADING)}
        self._changed = asyncio.Event()
        self._stuck = False

    async def run(self) -> None:
        """Write until the bus closes; then there is nothing to read any more."""
        try:
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(self._write_on()), group.create_task(self._load())]
                async for event in self._events:
                    self._take(event)
                await end(*beside)
        finally:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def now(self) -> Health:
        """How the speaker is."""
        at = self._capture.captured_at
        age = None if at is None else max(0.0, asyncio.get_running_loop().time() - at)
        arrives, muted = age is not None and age < DEAF_SECONDS, self._muted()
        return Health(
            at=self._wall(), version=__version__, pid=os.getpid(), ready=self._ready,
            listening=self._ready and arrives and not muted, muted=muted,
            audio_age=None if age is None else round(age, 3), chunks=self._capture.chunks,
            broker=self._broker, parts=dict(self._parts),
        )  # fmt: skip

    def _take(self, event: e.Event) -> None:
        parts = told_of(event)
        match event:
            case e.Ready():
                self._ready = True
            case e.HealthChanged(part="broker", healthy=healthy):
                self._broker = "connected" if healthy else "lost"
            case _ if not parts and not isinstance(event, e.MuteChanged):
                return
        self._parts |= parts
        self._changed.set()

    async def _load(self) -> None:
        # Who needs an engine that cannot be loaded says so; and the speaker ends.
        with suppress(DeviceError):
            await self._loaded()
            self._parts["engines"] = Part(State.OK)
            self._changed.set()

    async def _write_on(self) -> None:
        while True:
            self._changed.clear()
            self._write()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), WRITE_SECONDS)

    def _write(self) -> None:
        """Replace the file in one step: who reads finds a whole one. The folder is in memory."""
        draft = self._file.with_suffix(".new")
        try:
            draft.write_text(json.dumps(self.now().as_dict()) + "\n", encoding="utf-8")
            # Nothing in it is personal, and whoever asks the doctor need not be the speaker's user.
            draft.chmod(0o644)
            draft.replace(self._file)
            self._stuck = False
        except OSError as error:
            if not self._stuck:
                _LOGGER.warning("cannot write %s: %s", self._file, error.strerror)
            self._stuck = True


def find_health(folder: Path | None = None) -> Health | None:
    """What the speaker of this computer wrote last; None where none runs."""
    file = (folder or runtime_folder() or _USUAL_FOLDER) / _NAME
    try:
        with file.open("rb") as stream:
            health = read_health(json.loads(stream.read(_LARGEST_BYTES)))
    except (OSError, ValueError, RecursionError):
        return None
    return health if health is not None and _runs(health.pid) else None


def _runs(pid: int) -> bool:
    """Whether the daemon that wrote is still there: one that was killed left its last word."""
    return pid > 0 and Path(f"/proc/{pid}").exists()
