"""Shines what happens on whatever lights there are.

A picture that moves is drawn 25 times a second, a still one is written once. Lights that fail never
disturb the speaker: that they do is told, and they are opened again, with waits that double.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

from device import events as e
from device.bus import Subscription
from device.errors import HardwareError
from device.executor import Executor
from device.hal.led import Indicator
from device.hal.patterns import Pixels, Scene, moves, render
from device.hal.scene import Status
from device.tasks import end

_LOGGER = logging.getLogger(__name__)

_FRAME_SECONDS: Final = 0.04
_LOOK_SECONDS: Final = 0.25
"""How often a still picture is looked at again: it may have been held for long enough."""
_STALLED_SECONDS: Final = 0.5
"""A microphone that has given nothing for so long does not hear."""
_FIRST_WAIT_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 60.0


class Lights:
    """One indicator, fed by the bus."""

    def __init__(
        self,
        open_indicator: Callable[[], Indicator],
        events: Subscription,
        captured: Callable[[], int],
        tell: Callable[[e.Event], None],
        executor: Executor,
        status: Status,
    ) -> None:
        """`captured` counts the samples that the microphone really gave so far.

        `tell` takes word of the lights' health, `executor` runs the driver, `status` is what is
        known before the first event.
        """
        self._open = open_indicator
        self._events = events
        self._captured = captured
        self._tell = tell
        self._executor = executor
        self._status = status
        self._changed = asyncio.Event()
        self._samples = 0
        self._grew_at = -_STALLED_SECONDS
        self._scene = Scene()
        self._began = 0.0

    async def run(self) -> None:
        """Shine until cancelled or until the bus closes; dark in the end."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            shining = group.create_task(self._shine(), name="lights")
            async for event in self._events:
                self._status = self._status.fold(event, loop.time())
                self._changed.set()
            await end(shining)

    async def _shine(self) -> None:
        wait, failed = _FIRST_WAIT_SECONDS, False
        while True:
            try:
                async with self._opened() as indicator:
                    shown = await self._show(indicator, None)
                    if failed:
                        self._tell(e.HealthChanged(part="lights", healthy=True))
                    wait, failed = _FIRST_WAIT_SECONDS, False
                    await self._draw(indicator, shown)
            except HardwareError as error:
                _LOGGER.warning("no lights for %g s: %s", wait, error)
                if not failed:
                    self._tell(e.HealthChanged(part="lights", healthy=False, code=error.code))
                failed = True
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Indicator]:
        indicator = await self._executor.run(self._open)
        try:
            yield indicator
        finally:
            with suppress(HardwareError):
                await self._executor.run(indicator.close)

    async def _draw(self, indicator: Indicator, shown: Pixels) -> None:
        while True:
            await asyncio.sleep(_FRAME_SECONDS)
            if not moves(self._scene, indicator.count):
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._changed.wait()
            shown = await self._show(indicator, shown)

    async def _show(self, indicator: Indicator, shown: Pixels | None) -> Pixels:
        """Write the picture of this moment, unless it is what is shown already."""
        self._changed.clear()
        now = asyncio.get_running_loop().time()
        scene = self._status.scene(now, self._capturing(now))
        if scene.picture is not self._scene.picture:
            self._began = now
        self._scene = scene
        pixels = render(scene, now - self._began, indicator.count)
        if pixels != shown:
            await self._executor.run(partial(indicator.show, pixels))
        return pixels

    def _capturing(self, now: float) -> bool:
        samples = self._captured()
        if samples != self._samples:
            self._samples, self._grew_at = samples, now
        return now - self._grew_at < _STALLED_SECONDS
