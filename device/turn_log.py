"""What turns took, kept on disk so that it outlives a restart and `parlor metrics` can show it.

turns.jsonl       one JSON object a line, one line a turn, the oldest first, the last hundred
totals.json       every turn there ever was, as device.metrics.Totals
degradation.json  what the running speaker does without
echo.json         how late and how weak our own voice comes back, as last told
floor.json        who spoke when in the last minutes, as device.floor.Floor
"""

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

from device import events as e
from device.floor import Floor
from device.metrics import Spread, Totals, TurnStatistics, turn_facts

_LOGGER = logging.getLogger(__name__)
_DAMAGED: Final = (OSError, ValueError, TypeError, KeyError, AttributeError)
T = TypeVar("T")


class TurnLog:
    """The last turns and the sum of all, in memory and in one folder."""

    def __init__(self, folder: Path | None, size: int = 100) -> None:
        """Read what is kept; a damaged file counts as none. Folder None: nothing is kept."""
        self._folder = folder
        self.turns: deque[e.TurnMeasured] = deque(self._read("turns.jsonl", _turns, list), size)
        """The last turns, the oldest first."""
        self.totals: Totals = self._read("totals.json", _totals, Totals)
        """All there ever were."""
        self.degradation: dict[str, Any] = self._read("degradation.json", _object, dict)
        """level, reason and given_up as last told; empty: nothing is given up."""
        self.echo: dict[str, float] = self._read("echo.json", _object, dict)
        """delay_ms, drift_ppm and erle_db as last told; empty: not known."""
        self.floor: dict[str, Any] = self._read("floor.json", _object, dict)
        """Who spoke when, as device.floor.Floor tells it; empty: nobody has yet."""
        self._floor = Floor()

    def take(self, event: e.Event) -> dict[str, str]:
        """Keep what an event says of turns; what is to be written now, texts by name of file."""
        self._floor = self._floor.fold(event)
        texts: dict[str, str] = {}
        match event:
            case e.PlaybackFinished() | e.Overlap():
                self.floor = self._floor.as_dict()
                texts["floor.json"] = json.dumps(self.floor)
            case e.TurnMeasured():
                self.turns.append(event)
                self.totals.add(event)
                texts["turns.jsonl"] = "".join(f"{_line(turn)}\n" for turn in self.turns)
            case e.BudgetMissed(stages=stages):
                self.totals.budgets_missed.update(stages.keys())
            case e.EchoMeasured(delay_ms=delay, drift_ppm=drift, erle_db=erle):
                self.echo = {"delay_ms": delay, "drift_ppm": drift, "erle_db": erle}
                texts["echo.json"] = json.dumps(self.echo)
            case e.Purged(before=None):
                self._forget()
            case e.DegradationChanged(level=level, reason=reason, given_up=given_up):
                lacking = {"level": level, "reason": reason, "given_up": list(given_up)}
                self.degradation = lacking if level else {}
                texts["degradation.json"] = json.dumps(self.degradation)
        if isinstance(event, e.TurnMeasured | e.BudgetMissed):
            texts["totals.json"] = json.dumps(self.totals.as_dict())
        return texts

    def _forget(self) -> None:
        self.turns.clear()
        self.totals, self.echo, self.floor, self._floor = Totals(), {}, {}, Floor()

    def write(self, texts: Mapping[str, str]) -> None:
        """Write what `take` gave; a full disk costs the log, not the speaker."""
        for name, text in texts.items():
            self._write(name, text)

    def spreads(self) -> dict[str, Spread]:
        """Average, p50 and p95 of every stage over the last turns."""
        statistics = TurnStatistics(self.turns.maxlen or 0)
        for turn in self.turns:
            statistics.add(turn)
        return statistics.spreads()

    def told(self) -> e.TurnsMeasured:
        """The spreads as they are told."""
        return e.TurnsMeasured(
            stages={stage: asdict(spread) for stage, spread in self.spreads().items()},
            whole={stage: asdict(spread) for stage, spread in self.totals.spreads().items()},
        )

    def _read(self, name: str, parse: Callable[[str], T], nothing: Callable[[], T]) -> T:
        try:
            text = None if self._folder is None else (self._folder / name).read_text("utf-8")
            return nothing() if text is None else parse(text)
        except _DAMAGED:
            return nothing()

    def _write(self, name: str, text: str) -> None:
        if self._folder is None:
            return
        draft = self._folder / f"{name}.draft"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._folder / name)
        except OSError as error:
            _LOGGER.warning("cannot keep the turn's times: %s", error)


def _line(turn: e.TurnMeasured) -> str:
    return json.dumps(turn_facts(turn))


def _turns(text: str) -> list[e.TurnMeasured]:
    turns = [e.TurnMeasured(**json.loads(line)) for line in text.splitlines()]
    if not all(isinstance(ms, float | int) for turn in turns for ms in turn.stages.values()):
        raise ValueError("a stage that is no number")
    return turns


def _totals(text: str) -> Totals:
    return Totals.from_dict(json.loads(text))


def _object(text: str) -> dict[str, Any]:
    return dict(json.loads(text))
