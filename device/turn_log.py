"""The stage times of the last turns, kept on disk so that `parlor metrics` can show them."""

import json
import logging
from pathlib import Path

from device.bus import Subscription
from device.events import TurnMeasured
from device.metrics import Spread, TurnStatistics

_LOGGER = logging.getLogger(__name__)


class TurnLog:
    """One JSON object a line, one line a turn, the oldest first."""

    def __init__(self, folder: Path, size: int = 100) -> None:
        self._file = folder / "turns.jsonl"
        self._size = size

    async def keep(self, events: Subscription) -> None:
        """Keep every turn that is told until the bus closes."""
        async for event in events:
            if isinstance(event, TurnMeasured):
                self.add(event.stages)

    def add(self, stages: dict[str, float]) -> None:
        """Keep one more turn and forget the oldest; a full disk costs the log, not the speaker."""
        lines = [json.dumps(turn) for turn in [*self.turns(), stages][-self._size :]]
        draft = self._file.with_suffix(".draft")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
            draft.replace(self._file)
        except OSError as error:
            _LOGGER.warning("cannot keep the turn's times: %s", error)

    def turns(self) -> list[dict[str, float]]:
        """Milliseconds by stage of every turn kept; a damaged file counts as none."""
        try:
            return [json.loads(line) for line in self._file.read_text().splitlines()]
        except (OSError, ValueError):
            return []

    def spreads(self) -> dict[str, Spread]:
        """Average, p50 and p95 of every stage."""
        statistics = TurnStatistics(self._size)
        for turn in self.turns():
            statistics.add(TurnMeasured(stages=turn))
        return statistics.spreads()
