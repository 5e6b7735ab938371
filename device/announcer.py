"""Who waits to be said, and when: quiet hours, repetition, and how much may wait.

The turn table lets one announcement after the other out; what comes here has not reached it yet.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from device import events as e
from device.config import AnnounceConfig
from device.errors import QueueFull

Announcement = e.AnnouncementDue | e.StartConversation

_LOOK_SECONDS: Final = 20.0
"""How often quiet hours are looked at: somebody may have set the clock."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of local time, e.g. 22:00-07:00; an empty text is never."""

    text: str = ""

    def __contains__(self, now: datetime) -> bool:
        if not self.text:
            return False
        start, stop = (time.fromisoformat(part) for part in self.text.split("-"))
        clock = now.time()
        if start <= stop:
            return start <= clock < stop
        return clock >= start or clock < stop


class Announcer:
    """Takes announcements from outside and hands them to the session when they may be said."""

    def __init__(
        self,
        config: AnnounceConfig,
        post: Callable[[e.Event], None],
        tell: Callable[[e.Event], None],
        seconds: Callable[[], float],
        waiting: Callable[[], int],
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        """`post` to the session, `tell` to the bus.

        `seconds` of captured audio by now; `waiting`: how many the session has not said yet.
        """
        self._quiet = QuietHours(config.quiet_hours)
        self._repeat = timedelta(seconds=config.repeat_seconds)
        self._most = config.queue
        self._post = post
        self._tell = tell
        self._seconds = seconds
        self._waiting = waiting
        self._now = now
        self._held: list[Announcement] = []
        self._said: dict[tuple[str, str], datetime] = {}

    @property
    def quiet(self) -> bool:
        """Whether only what is urgent may be said now."""
        return self._now() in self._quiet

    def submit(self, announcement: e.Event) -> None:
        """Take one from outside; it is said, held, or refused and told so."""
        assert isinstance(announcement, Announcement)
        if self._is_repeated(announcement):
            self._drop(announcement, "repeated")
        elif self._is_full(announcement):
            self._refuse(announcement)
        else:
            self._note(announcement)
            held = self._must_wait(announcement)
            (self._held.append if held else self._post)(announcement)

    async def run(self) -> None:
        """Let go what was held when the quiet hours are over."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._held and not self.quiet:
                self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        for announcement in held:
            expires = (
                announcement.expires_at if isinstance(announcement, e.AnnouncementDue) else None
            )
            if expires is not None and expires <= self._seconds():
                self._drop(announcement, "expired")
            else:
                self._post(announcement)

    def _must_wait(self, announcement: Announcement) -> bool:
        return not _is_urgent(announcement) and self.quiet

    def _is_full(self, announcement: Announcement) -> bool:
        return not _is_urgent(announcement) and len(self._held) + self._waiting() >= self._most

    def _is_repeated(self, announcement: Announcement) -> bool:
        if isinstance(announcement, e.AnnouncementDue) and announcement.sound is not None:
            return False
        now = self._now()
        self._said = {key: at for key, at in self._said.items() if abs(now - at) < self._repeat}
        return _key(announcement) in self._said

    def _note(self, announcement: Announcement) -> None:
        self._said[_key(announcement)] = self._now()

    def _refuse(self, announcement: Announcement) -> None:
        self._drop(announcement, "full")
        message = f"{self._most} announcements wait to be said already; send fewer, or later"
        failed = e.StageFailed(stage="announce", code=QueueFull.code, message=message, turn_id=-1)
        self._tell(failed)

    def _drop(self, announcement: Announcement, reason: str) -> None:
        if isinstance(announcement, e.AnnouncementDue):
            self._tell(e.AnnouncementDropped(text=announcement.text, reason=reason))
        else:
            self._tell(e.QuestionAnswered(question_id=announcement.question_id))


def _key(announcement: Announcement) -> tuple[str, str]:
    return announcement.text.casefold(), announcement.language


def _is_urgent(announcement: Announcement) -> bool:
    return (
        isinstance(announcement, e.AnnouncementDue) and announcement.priority is e.Priority.URGENT
    )
