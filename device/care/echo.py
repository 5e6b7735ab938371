"""Tells after each reply how well the speaker does not hear itself."""

from collections.abc import Callable

from device import events as e
from device.bus import Subscription
from device.pipeline.frontend.base import FrontendReport


class EchoHealth:
    """Asks the front end when something was played."""

    def __init__(
        self, report: Callable[[], FrontendReport], events: Subscription,
        tell: Callable[[e.Event], None],
    ) -> None:  # fmt: skip
        self._report = report
        self._events = events
        self._tell = tell

    async def run(self) -> None:
        """Tell until the bus closes; nothing while the delay is not known."""
        async for event in self._events:
            if isinstance(event, e.PlaybackFinished):
                self._measure()

    def _measure(self) -> None:
        report = self._report()
        if report.delay_ms is not None:
            measured = e.EchoMeasured(
                delay_ms=round(report.delay_ms, 1), drift_ppm=round(report.drift_ppm, 1),
                erle_db=round(report.erle_db, 1),
            )  # fmt: skip
            self._tell(measured)
