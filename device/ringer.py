"""Rings what has come due, and tells what becomes of timers, alarms and reminders."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from device import events as e
from device.bus import Bus
from device.dialog.moments import time_text
from device.dialog.timebook import Change, TimeBook
from device.dialog.timer import Timer, TimerKind
from device.dialog.timer_commands import perform
from device.errors import CommandInvalid, DeviceError, StorageError
from device.executor import Executor

_LOOK_SECONDS: Final = 30.0
"""The wall clock may have been set: what rings by it is looked at this often."""
_LEAST_SECONDS: Final = 0.01

Explain = Callable[..., str]
"""`ConversationAgent.explain`."""


class Keeper(Protocol):
    """Keeps something on disk."""

    @property
    def error(self) -> StorageError | None:
        """Why it cannot; None while it can."""
        ...


class Ringer:
    """Watches the clock for a book of timers; ringing itself is the session's business."""

    def __init__(
        self,
        book: TimeBook,
        lists: Keeper,
        post: Callable[[e.Event], None],
        bus: Bus,
        executor: Executor,
        explain: Explain,
        language: str = "en",
        snooze_seconds: float = 540.0,
    ) -> None:
        """`executor` does what may wait for the disk; `language` is that of what is announced."""
        self._book = book
        self._keepers: tuple[Keeper, ...] = (book, lists)
        self._post = post
        self._bus = bus
        self._told = bus.subscribe()
        self._executor = executor
        self._explain = explain
        self._language = language
        self._snooze_seconds = snooze_seconds
        self._changed = asyncio.Event()
        self._reported: set[Keeper] = set()

    async def run(self) -> None:
        """Ring and obey until cancelled."""
        loop = asyncio.get_running_loop()

        def note(change: Change) -> None:
            loop.call_soon_threadsafe(self._note, change)

        with self._book.watched(note):
            self._tell_timers()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ring())
                group.create_task(self._obey())

    async def _ring(self) -> None:
        while True:
            self._changed.clear()
            due = await self._executor.run(self._book.take_due)
            for timer in due.ringing:
                self._post(e.TimerDue(label=timer.label, timer_id=timer.id))
            for timer in due.missed:
                self._post(e.AnnouncementDue(text=self._missed(timer), language=self._language))
            self._report()
            wait = min(_LOOK_SECONDS, max(_LEAST_SECONDS, self._book.seconds_until_due()))
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _obey(self) -> None:
        async for event in self._told:
            match event:
                case e.TimerRequested(action="stop"):
                    self._post(e.StopRequested(by="mqtt"))
                case e.TimerRequested(action="snooze"):
                    self._post(e.SnoozeRequested(by="mqtt"))
                case e.TimerRequested():
                    await self._do(partial(perform, self._book, event.action, event.fields))
                case e.RingingEnded(timer_id=timer_id, snoozed=True):
                    await self._do(partial(self._book.snooze, timer_id, self._snooze_seconds))
                case e.RingingEnded(timer_id=timer_id):
                    await self._do(partial(self._book.end, timer_id))

    async def _do(self, change: Callable[[], object]) -> None:
        try:
            await self._executor.run(change)
        except CommandInvalid as error:
            self._fail(error)
        self._report()

    def _note(self, change: Change) -> None:
        timer = change.timer
        if change.kind == "cancelled":
            # The session tells it: the timer may be what rings, or what waits to.
            self._post(e.TimerCancelled(id=timer.id, name=timer.name))
        elif change.kind != "ended":
            self._bus.tell(_news(change))
        self._tell_timers()
        self._changed.set()

    def _tell_timers(self) -> None:
        now, zone = self._book.now, self._book.zone
        listed = tuple(timer.as_dict(now, zone) for timer in self._book.timers())
        self._bus.tell(e.TimersChanged(timers=listed))

    def _missed(self, timer: Timer) -> str:
        if timer.kind is TimerKind.ALARM and not timer.name and timer.due is not None:
            at = datetime.fromtimestamp(timer.due, self._book.zone).time()
            time = time_text(at, self._language)
            return self._explain("missed_alarm", self._language, time=time)
        if timer.label:
            return self._explain("missed_named", self._language, name=timer.label)
        return self._explain("missed_timer", self._language)

    def _report(self) -> None:
        """Publish once that something is kept in memory only, and again after it was mended."""
        failing = {keeper: keeper.error for keeper in self._keepers if keeper.error}
        for keeper in failing.keys() - self._reported:
            self._fail(failing[keeper])
        self._reported = set(failing)

    def _fail(self, error: DeviceError) -> None:
        # No turn of that number exists: it is published, and no turn is moved by it.
        failed = e.StageFailed(stage="timers", code=error.code, message=str(error), turn_id=-1)
        self._post(failed)


def _news(change: Change) -> e.Event:
    timer = change.timer
    match change.kind:
        case "started":
            return e.TimerStarted(id=timer.id, name=timer.name, total_seconds=timer.total_seconds)
        case "finished":
            return e.TimerFinished(id=timer.id, name=timer.name)
    return e.TimerUpdated(
        id=timer.id, name=timer.name, is_active=timer.is_active, total_seconds=timer.total_seconds
    )
