"""Shows the service manager that the speaker hears, and says in one line how it is.

Only audio that was listened to shows that it does. A microphone that was unplugged is a case of its
own: opening it again fails at once and for a known reason, which a restart would not change, while
timers and announcements go on. So each such failure counts, too. One that can be opened and then
gives nothing, a driver that hangs and a detector that does not come back count for nothing: then
the pings end, and systemd begins anew.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from device import events as e
from device.bus import Subscription
from device.errors import DeviceError
from device.health import Part, State, told_of
from device.notify import Notifier
from device.tasks import end

_FIRST_LOOK_SECONDS: Final = 0.02
_LOOKS: Final = 4
"""In the time in which the watchdog wants to hear something."""
_LOOK_SECONDS: Final = 5.0
"""Where no watchdog waits."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the way of the audio has done since the start."""

    listened_samples: int
    """In which wake words were looked for."""
    refused: int
    """Times that the microphone could not be opened again, and said why."""


class Watchdog:
    """Follows how the speaker is."""

    def __init__(
        self, notifier: Notifier, progress: Callable[[], Progress], events: Subscription,
        loaded: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        """`loaded` returns when every engine is there."""
        self._notifier = notifier
        self._progress = progress
        self._events = events
        self._loaded = loaded
        self._words: tuple[str, ...] = ()
        self._muted = False
        self._parts = {"engines": Part(State.LOADING)}
        self._ready = False
        self._told = ""

    async def run(self) -> None:
        """Tell until the bus closes."""
        if not self._notifier.heard:
            return
        self._notifier.loading("waits for the first sound of the microphone")
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._beat()), group.create_task(self._load())]
            async for event in self._events:
                self._take(event)
            await end(*beside)

    async def _beat(self) -> None:
        first = last = self._progress()
        usual = self._notifier.watchdog_seconds / _LOOKS or _LOOK_SECONDS
        while True:
            now = self._progress()
            if not self._ready:
                heard = now.listened_samples > first.listened_samples
                self._ready = heard and self._notifier.ready()
            elif now != last and self._notifier.alive():
                last = now
            self._say()
            await asyncio.sleep(usual if self._ready else _FIRST_LOOK_SECONDS)

    async def _load(self) -> None:
        # Who needs an engine that cannot be loaded says so; and the speaker ends.
        with suppress(DeviceError):
            await self._loaded()
            self._parts["engines"] = Part(State.OK)
            self._say()

    def _take(self, event: e.Event) -> None:
        parts = told_of(event)
        match event:
            case e.Ready(words=words):
                self._words = words
            case e.MuteChanged(muted=muted):
                self._muted = muted
            case _ if not parts:
                return
        self._parts |= parts
        self._say()

    def _say(self) -> None:
        """Tell the line when it is another one; one that was not taken is told again."""
        text = status(self._words, self._parts, muted=self._muted)
        if self._ready and text != self._told and self._notifier.status(text):
            self._told = text


def status(words: tuple[str, ...], parts: dict[str, Part], *, muted: bool) -> str:
    """How the speaker is, in one line."""
    names = ", ".join(word.replace("_", " ") for word in words)
    ills = [part.message for part in parts.values() if part.message]
    if any(part.state is State.LOADING for part in parts.values()):
        ills.append("still loads what understands and speaks")
    deaf = parts.get("microphone", Part(State.OK)).state is State.FAILED
    ears = "hears nothing" if deaf else f"listens for {names}"
    return "; ".join(["is muted" if muted else ears, *ills])
