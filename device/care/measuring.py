"""Makes one log line of every turn, keeps what it took, and warns of what took too long."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from device import events as e
from device.bus import Subscription
from device.care.budgets import missed, stage_budgets
from device.config import BudgetsConfig
from device.executor import Executor
from device.tasks import end
from device.turn_log import TurnLog

_LOGGER = logging.getLogger(__name__)


class Measuring:
    """Follows the turns."""

    def __init__(
        self, budgets: BudgetsConfig, log: TurnLog, events: Subscription,
        tell: Callable[[e.Event], None], executor: Executor,
    ) -> None:  # fmt: skip
        """`executor` writes the log: a slow disk holds up no sound."""
        self._budgets = stage_budgets(budgets)
        self._log = log
        self._events = events
        self._tell = tell
        self._executor = executor
        self._unwritten: dict[str, str] = {}
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Follow every turn until the bus closes; in the end all that was told is written."""
        # What an earlier run did without says nothing of this one.
        self._take(e.DegradationChanged(level=0, reason="recovered"))
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write_on(), name="turn log")
            async for event in self._events:
                self._take(event)
                if isinstance(event, e.TurnMeasured):
                    self._measured(event)
            await end(writing)

    def _take(self, event: e.Event) -> None:
        if texts := self._log.take(event):
            self._unwritten |= texts
            self._changed.set()

    async def _write_on(self) -> None:
        try:
            while await self._changed.wait():
                self._changed.clear()
                await self._write()
        finally:
            await self._write()

    async def _write(self) -> None:
        texts = dict(self._unwritten)
        await self._executor.run(partial(self._log.write, texts))
        self._unwritten = {
            name: text for name, text in self._unwritten.items() if texts.get(name) != text
        }

    def _measured(self, turn: e.TurnMeasured) -> None:
        _LOGGER.info("%s", turn_line(turn))
        late = missed(turn, self._budgets)
        if late is not None:
            _LOGGER.warning("%s", late_line(late))
            self._tell(late)
        self._tell(self._log.told())


def turn_line(turn: e.TurnMeasured) -> str:
    """One turn on one line; nothing of what was said."""
    stages = [f"{stage}={ms:.0f}ms" for stage, ms in turn.stages.items()]
    confidence = [] if turn.confidence is None else [f"confidence={turn.confidence:.2f}"]
    facts = [
        f"audio={turn.audio_seconds:.1f}s", f"reply={turn.reply_seconds:.1f}s",
        f"language={turn.language or '-'}", f"discarded={turn.speculations_discarded}",
    ]  # fmt: skip
    return f"turn {turn.turn_id}: {' '.join([*stages, *confidence, *facts])}"


def late_line(late: e.BudgetMissed) -> str:
    """The stages that took too long, beside what they may take."""
    stages = (f"{stage} {ms:.0f} ms of {late.budgets[stage]}" for stage, ms in late.stages.items())
    return f"turn {late.turn_id} took too long: {', '.join(stages)}"
