"""Clocks for tests: they stand still until they are moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from device.dialog.timebook import Change, TimeBook
from device.dialog.timer import Instant

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=BERLIN)
"""A Wednesday."""


class Clocks:
    """The wall clock and the ticks of one machine."""

    def __init__(self, wall: datetime = NOON) -> None:
        self.instant = Instant(wall.timestamp(), 1000.0)
        self.boot = "first"

    def __call__(self) -> Instant:
        return self.instant

    def pass_seconds(self, seconds: float) -> None:
        """Time goes by."""
        self.instant = Instant(self.instant.wall + seconds, self.instant.ticks + seconds)

    def set_wall(self, wall: datetime) -> None:
        """Somebody sets the clock."""
        self.instant = Instant(wall.timestamp(), self.instant.ticks)

    def reboot(self, off_seconds: float) -> None:
        """The power goes, and comes back; the wall clock is right again."""
        self.instant = Instant(self.instant.wall + off_seconds, 5.0)
        self.boot += "+"

    def book(self, folder: Path) -> TimeBook:
        """The book that is kept in a folder, read anew."""
        return TimeBook(folder / "timers.sqlite", self, BERLIN, self.boot)


@contextmanager
def noted(book: TimeBook) -> Iterator[list[str]]:
    """Kinds of the changes inside the block."""
    kinds: list[str] = []

    def note(change: Change) -> None:
        kinds.append(change.kind)

    with book.watched(note):
        yield kinds
