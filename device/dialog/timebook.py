"""Every timer, alarm and reminder that is set: kept in memory, and on disk so that it survives."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from device.dialog.records import Records, keepable
from device.dialog.timer import LATE_SECONDS, Instant, Timer, TimerKind
from device.errors import CommandInvalid, StorageError

_LOGGER = logging.getLogger(__name__)

MOST_TIMERS: Final = 50
MOST_SECONDS: Final = 31 * 86_400.0
MOST_AHEAD_SECONDS: Final = 366 * 86_400.0
LONGEST_NAME: Final = 100
LONGEST_LABEL: Final = 150
_BOOT: Final = "boot"
_TIMER: Final = TypeAdapter(Timer)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a timer."""

    kind: str
    """started, updated, cancelled, finished (rings) or ended."""
    timer: Timer


@dataclass(frozen=True, slots=True)
class Due:
    """What has come due since it was asked last."""

    ringing: tuple[Timer, ...]
    missed: tuple[Timer, ...]
    """Too late to ring."""


class TimeBook:
    """The timers of one speaker. Thread-safe: the agent and the ringer are in different threads.

    A disk that cannot be written loses nothing while the speaker runs; `error` says so.
    """

    def __init__(
        self, path: Path, now: Callable[[], Instant], zone: tzinfo, boot: str = ""
    ) -> None:
        """Read what is kept at `path`; `boot` names this boot: ticks of another one are void."""
        self.zone = zone
        self.error: StorageError | None = None
        """Why the disk does not hold what is in memory; None while it does."""
        self._now = now
        self._boot = boot
        self._records = Records(path)
        self._lock = threading.RLock()
        self._watchers: list[Callable[[Change], None]] = []
        self._timers = self._load()

    @property
    def now(self) -> Instant:
        """Both clocks."""
        return self._now()

    @property
    def local_now(self) -> datetime:
        """What clocks on the wall show."""
        return datetime.fromtimestamp(self.now.wall, self.zone)

    @contextmanager
    def watched(self, watcher: Callable[[Change], None]) -> Iterator[None]:
        """Call for every change inside the block, in the thread that makes it."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def timers(self, *kinds: TimerKind) -> tuple[Timer, ...]:
        """Timers of these kinds (default: all), soonest first."""
        now = self.now
        wanted = [timer for timer in self._timers.values() if not kinds or timer.kind in kinds]
        return tuple(sorted(wanted, key=lambda timer: timer.seconds_left(now)))

    def get(self, timer_id: str) -> Timer | None:
        """One timer; None when it has ended."""
        return self._timers.get(timer_id)

    def start(self, seconds: float, name: str = "", label: str = "", id: str = "") -> Timer:
        """Set a timer, in place of another with this `id`.

        Raises CommandInvalid when that is too long, or too many are set.
        """
        if not 0 < seconds <= MOST_SECONDS:
            raise CommandInvalid("a timer counts from one second to 31 days")
        timer = Timer(
            id=keepable(id, LONGEST_NAME) or _new_id(),
            kind=TimerKind.TIMER,
            name=keepable(name, LONGEST_NAME),
            label=keepable(label, LONGEST_LABEL),
            total_seconds=seconds,
            set_seconds=seconds,
        )
        return self._add(timer.started(seconds, self.now))

    def remind(
        self,
        kind: TimerKind,
        due: datetime,
        name: str = "",
        days: frozenset[int] = frozenset(),
        label: str = "",
    ) -> Timer:
        """Set an alarm or reminder for a moment (aware), at that local time again on `days`.

        Raises CommandInvalid when the clock is not set, when that moment is over or more than a
        year ahead, or when too many are set.
        """
        if not self.now.is_set:
            raise CommandInvalid("the clock is not set yet; connect the speaker to a network")
        if not 0 < due.timestamp() - self.now.wall <= MOST_AHEAD_SECONDS:
            raise CommandInvalid("alarms and reminders are for the year that comes")
        at = due.astimezone(self.zone).strftime("%H:%M") if days else ""
        return self._add(
            Timer(
                id=_new_id(),
                kind=kind,
                name=keepable(name, LONGEST_NAME),
                label=keepable(label, LONGEST_LABEL),
                due=due.timestamp(),
                at=at,
                days=days,
            )
        )

    def cancel(self, timer_id: str) -> Timer | None:
        """Take one back; None when it has ended already."""
        with self._lock:
            timer = self._timers.get(timer_id)
            if timer is not None:
                self._keep(timer_id, None)
                self._changed(Change("cancelled", timer))
            return timer

    def forget(self) -> None:
        """Take all back."""
        for timer in self.timers():
            self.cancel(timer.id)

    def pause(self, timer_id: str) -> Timer | None:
        """Stop its time."""
        return self._update(timer_id, lambda timer: timer.paused(self.now))

    def resume(self, timer_id: str) -> Timer | None:
        """Let a paused one go on."""
        return self._update(
            timer_id,
            lambda timer: timer if timer.is_active else timer.started(timer.left_seconds, self.now),
        )

    def extend(self, timer_id: str, seconds: float) -> Timer | None:
        """Give it more time, or less."""
        more = max(-MOST_SECONDS, min(MOST_SECONDS, seconds))
        return self._update(timer_id, lambda timer: timer.extended(more, self.now))

    def snooze(self, timer_id: str, seconds: float) -> Timer | None:
        """Let what rings be silent, and ring again after so long."""
        return self._update(
            timer_id, lambda timer: timer.started(seconds, self.now) if timer.rings else timer
        )

    def end(self, timer_id: str) -> None:
        """It has rung: the next time is set, or it is gone."""
        with self._lock:
            timer = self._timers.get(timer_id)
            if timer is not None and timer.rings:
                self._conclude(timer)

    def take_due(self) -> Due:
        """What has come due: what is late is concluded, the rest rings until `end` or `snooze`."""
        with self._lock:
            now = self.now
            self._anchor(now)
            due = [
                timer
                for timer in self.timers()
                if timer.is_active and not timer.rings and timer.seconds_left(now) <= 0
            ]
            missed = [timer for timer in due if timer.seconds_left(now) < -LATE_SECONDS]
            ringing = [replace(timer, rings=True) for timer in due if timer not in missed]
            for timer in ringing:
                self._keep(timer.id, timer)
                self._changed(Change("finished", timer))
            for timer in missed:
                self._conclude(timer)
            return Due(tuple(ringing), tuple(missed))

    def seconds_until_due(self) -> float:
        """How long nothing will ring if no clock is set; infinite when nothing is set."""
        now = self.now
        waiting = [t for t in self._timers.values() if t.is_active and not t.rings]
        return max(0.0, min((t.seconds_left(now) for t in waiting), default=float("inf")))

    def _conclude(self, timer: Timer) -> None:
        later = timer.after_ringing(self.now, self.zone)
        self._keep(timer.id, later)
        self._changed(Change("updated", later) if later else Change("ended", timer))

    def _add(self, timer: Timer) -> Timer:
        with self._lock:
            if len(self._timers) >= MOST_TIMERS:
                raise CommandInvalid(f"{MOST_TIMERS} timers are set already; cancel one first")
            self._keep(timer.id, timer)
            self._changed(Change("started", timer))
            return timer

    def _update(self, timer_id: str, how: Callable[[Timer], Timer]) -> Timer | None:
        with self._lock:
            timer = self._timers.get(timer_id)
            if timer is None:
                return None
            timer = how(timer)
            self._keep(timer_id, timer)
            self._changed(Change("updated", timer))
            return timer

    def _keep(self, timer_id: str, timer: Timer | None) -> None:
        """Change the table by making another one: readers never wait for a writer's disk."""
        rest = {key: other for key, other in self._timers.items() if key != timer_id}
        self._timers = rest if timer is None else {**rest, timer_id: timer}

    def _anchor(self, now: Instant) -> None:
        anchored = {key: timer.anchored(now) for key, timer in self._timers.items()}
        if anchored != self._timers:
            self._timers = anchored
            self._save()

    def _changed(self, change: Change) -> None:
        self._save()
        for watcher in tuple(self._watchers):
            watcher(change)

    def _save(self) -> None:
        rows = {key: _TIMER.dump_json(timer).decode() for key, timer in self._timers.items()}
        try:
            self._records.save({**rows, _BOOT: self._boot} if rows else {})
        except StorageError as error:
            _LOGGER.warning("timers are kept in memory only [%s]: %s", error.code, error)
            self.error = error
        else:
            self.error = None

    def _load(self) -> dict[str, Timer]:
        try:
            rows = self._records.load()
        except StorageError as error:
            _LOGGER.warning("timers cannot be read [%s]: %s", error.code, error)
            self.error = error
            return {}
        same_boot = rows.pop(_BOOT, "") == self._boot != ""
        kept = {timer.id: timer for timer in _timers_of(rows.values())}
        if not same_boot:
            kept = {key: replace(timer, due_ticks=None) for key, timer in kept.items()}
        # What rang as the speaker went off rings again, or was missed.
        return {key: replace(timer, rings=False) for key, timer in kept.items()}


def _timers_of(rows: Iterable[str]) -> Iterable[Timer]:
    for row in rows:
        try:
            yield _TIMER.validate_json(row)
        except ValidationError as error:
            _LOGGER.warning("a timer cannot be read and is dropped: %s", error)


def _new_id() -> str:
    return uuid.uuid4().hex[:12]
