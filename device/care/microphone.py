"""Notices when the microphone gives nothing any more, and when it does again."""

import asyncio
from collections.abc import Callable
from typing import Final

from device import events as e
from device.audio.timeline import Timeline
from device.errors import DeviceLost

LOOK_SECONDS: Final = 0.5
DEAF_SECONDS: Final = 2.0
"""Longer than any chunk; shorter than a person waits for an answer."""


class MicrophoneHealth:
    """Looks whether captured audio grows."""

    def __init__(self, timeline: Timeline, tell: Callable[[e.Event], None]) -> None:
        self._timeline = timeline
        self._tell = tell
        self._healthy: bool | None = None

    async def run(self) -> None:
        """Tell every change until capture has ended."""
        loop = asyncio.get_running_loop()
        heard, heard_at = self._timeline.end, loop.time()
        while not self._timeline.closed:
            if self._timeline.end > heard:
                heard, heard_at = self._timeline.end, loop.time()
                self._become(healthy=True)
            elif loop.time() - heard_at >= DEAF_SECONDS:
                self._become(healthy=False)
            await asyncio.sleep(LOOK_SECONDS)

    def _become(self, healthy: bool) -> None:
        if healthy is not self._healthy:
            self._healthy = healthy
            code = "" if healthy else DeviceLost.code
            self._tell(e.HealthChanged(part="microphone", healthy=healthy, code=code))
