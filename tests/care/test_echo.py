"""After each reply it is told how well the speaker does not hear itself."""

import asyncio

from device import events as e
from device.bus import Bus
from device.care.echo import EchoHealth
from device.clock import run_virtual
from device.pipeline.frontend.base import FrontendReport

FINISHED = e.PlaybackFinished(heard_seconds=1.0)


def told(*reports: FrontendReport) -> list[e.Event]:
    """What is told when a reply ends with each of these."""

    async def main() -> list[e.Event]:
        bus, left = Bus(), list(reports)
        health = EchoHealth(lambda: left.pop(0), bus.subscribe(), bus.tell)
        heard = bus.subscribe()
        running = asyncio.create_task(health.run())
        for _ in reports:
            bus.tell(e.PlaybackStarted())
            bus.tell(FINISHED)
            await asyncio.sleep(0.1)
        bus.close()
        await running
        return [event async for event in heard if isinstance(event, e.EchoMeasured)]

    return run_virtual(main())


def test_what_is_known_of_the_echo_is_told_after_each_reply() -> None:
    known = FrontendReport("linear", delay_ms=81.26, drift_ppm=12.34, erle_db=40.04)
    (measured,) = told(FrontendReport("linear"), known)
    assert isinstance(measured, e.EchoMeasured)
    assert (measured.delay_ms, measured.drift_ppm, measured.erle_db) == (81.3, 12.3, 40.0)
