"""The pages that monitoring reads of the speaker while it runs."""

import asyncio
import platform
import resource
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from device import __version__
from device.bus import Subscription
from device.care.health import find_health
from device.config import MetricsConfig
from device.hal.thermal import read_celsius, read_throttled
from device.health import judge
from device.metrics.exposition import Used, exposition
from device.metrics.scrape import Page
from device.metrics.tally import Tally
from device.metrics.text import CONTENT_TYPE
from device.metrics.vitals import Machine, health_lines, machine_lines
from device.metrics_server import MetricsServer
from device.turn_log import TurnLog

_PROCESS: Final = Path("/proc/self")


class Monitoring:
    """Counts what happens, and serves it."""

    def __init__(
        self, config: MetricsConfig, log: TurnLog, used: Callable[[], Used],
        lost_audio_seconds: Callable[[], float], lost_events: Callable[[], int],
        events: Subscription,
    ) -> None:  # fmt: skip
        """`used`: what services elsewhere were used for this day."""
        self._log = log
        self._used = used
        self._lost_audio_seconds = lost_audio_seconds
        self._lost_events = lost_events
        self._events = events
        self._tally = Tally()
        self._started_at = time.time()
        pages = {"/metrics": self._metrics, "/health": self._health}
        self._server = MetricsServer(config, pages)

    async def run(self) -> None:
        """Serve until the bus closes."""
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._server.run())
            async for event in self._events:
                self._tally.take(event)
            serving.cancel()

    def _metrics(self) -> Page:
        lines = [*self._tally.lines(), *machine_lines(self._machine(), __version__)]
        return Page(page(self._log, self._used(), lines), CONTENT_TYPE)

    def _health(self) -> Page:
        findings = judge(find_health(), time.time())
        ill = [one for one in findings if not one.healthy]
        told = "".join(f"{one.check}: {one.message} [{one.code}]\n" for one in ill)
        return Page(told or "ok\n", status=HTTPStatus.SERVICE_UNAVAILABLE if ill else HTTPStatus.OK)

    def _machine(self) -> Machine:
        return Machine(
            platform.python_version(), read_celsius(), read_throttled(), self._started_at,
            time.process_time(), _resident_bytes(), _open_fds(),
            self._lost_audio_seconds(), self._lost_events(),
        )  # fmt: skip


def page(log: TurnLog, used: Used, running: list[str]) -> str:
    """What Prometheus reads; `running`: what only the speaker itself knows."""
    health = find_health()
    lines = [] if health is None else [*health_lines(health)]
    return exposition(log.totals, log.degradation.get("level", 0), used, [*lines, *running])


def _resident_bytes() -> int | None:
    try:
        pages = int((_PROCESS / "statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize()


def _open_fds() -> int | None:
    try:
        return sum(1 for _ in (_PROCESS / "fd").iterdir())
    except OSError:
        return None
