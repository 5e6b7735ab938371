"""Notices when the microphone gives nothing any more, or no sound, and when it does again."""

import asyncio
from collections.abc import Callable
from typing import Final

from device import events as e
from device.audio.timeline import Timeline
from device.errors import DeviceLost
from device.pipeline.plausibility import Fault

LOOK_SECONDS: Final = 0.5
DEAF_SECONDS: Final = 2.0
"""Longer than any chunk; shorter than a person waits for an answer."""
SAY_SECONDS: Final = 6.0
"""A microphone that was plugged out and in again need not be talked about."""
_AGAIN_SECONDS: Final = 3_600.0
"""A loose plug is complained of this often at most."""


class MicrophoneHealth:
    """Looks whether captured audio grows, and whether it is any."""

    def __init__(
        self,
        timeline: Timeline,
        tell: Callable[[e.Event], None],
        fault: Callable[[], Fault | None],
        complain: Callable[[str], None],
        audible: Callable[[], bool],
    ) -> None:
        """`fault` of what is captured; `complain` says an error's code to those in the room.

        `audible` tells whether anybody is to be spoken to now.
        """
        self._timeline = timeline
        self._tell = tell
        self._fault = fault
        self._complain = complain
        self._audible = audible
        self._code: str | None = None
        self._ill_at = 0.0
        self._said = False
        self._said_at = -_AGAIN_SECONDS

    async def run(self) -> None:
        """Tell every change until capture has ended."""
        loop = asyncio.get_running_loop()
        heard, heard_at = self._timeline.end, loop.time()
        while not self._timeline.closed:
            now, fault = loop.time(), self._fault()
            if self._timeline.end > heard:
                heard, heard_at = self._timeline.end, now
                self._become("" if fault is None else fault.code, now)
            elif now - heard_at >= DEAF_SECONDS:
                self._become(DeviceLost.code, now)
            self._speak(now)
            await asyncio.sleep(LOOK_SECONDS)

    def _become(self, code: str, now: float) -> None:
        """Take the state of now, an error's code or none."""
        if code == self._code:
            return
        if not self._code:
            self._ill_at, self._said = now, False
        self._code = code
        self._tell(e.HealthChanged(part="microphone", healthy=not code, code=code))

    def _speak(self, now: float) -> None:
        """Complain once, as soon as it is plain that it lasts and somebody may be disturbed."""
        due = max(self._ill_at + SAY_SECONDS, self._said_at + _AGAIN_SECONDS)
        if self._code and not self._said and now >= due and self._audible():
            self._said, self._said_at = True, now
            self._complain(self._code)
