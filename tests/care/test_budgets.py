"""What takes too long is told once, by whoever measures."""

import asyncio
import logging
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from device import events as e
from device.bus import Bus
from device.care.budgets import missed, stage_budgets
from device.care.measuring import Measuring, late_line, turn_line
from device.clock import run_virtual
from device.config import BudgetsConfig
from device.executor import InlineExecutor, WorkerExecutor
from device.turn_log import TurnLog

BUDGETS = stage_budgets(BudgetsConfig())


def turn(**stages: float) -> e.TurnMeasured:
    return e.TurnMeasured(turn_id=7, stages=stages, language="en", confidence=0.91)


def test_a_turn_within_its_budgets_misses_none() -> None:
    assert missed(turn(stt=500.0, agent=5_000.0, end_to_end=1999.0), BUDGETS) is None


@pytest.mark.parametrize(
    ("stage", "budget"),
    [("vad_lag", 50), ("stt", 500), ("llm_first_token", 1000), ("tts_first_chunk", 200),
     ("end_to_end", 2000)],
)  # fmt: skip
def test_each_stage_has_its_budget(stage: str, budget: int) -> None:
    late = missed(turn(**{stage: budget + 0.1}, vad=600.0), BUDGETS)
    assert late == e.BudgetMissed(turn_id=7, stages={stage: budget + 0.1}, budgets={stage: budget})


def follow(folder: Path | None, *told: e.Event) -> list[e.Event]:
    """What is told when these events are."""
    heard: list[e.Event] = []

    async def main() -> None:
        bus = Bus()
        everything = bus.subscribe()
        log, executor = TurnLog(folder), InlineExecutor()
        measuring = Measuring(BudgetsConfig(), log, bus.subscribe(), bus.tell, executor)
        running = asyncio.create_task(measuring.run())
        for event in told:
            bus.tell(event)
        await asyncio.sleep(0.1)
        bus.close()
        await running
        heard.extend([event async for event in everything])

    run_virtual(main())
    return heard[len(told) :]


def test_after_every_turn_the_spreads_are_told_and_a_late_one_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    late, first, second = follow(tmp_path, turn(stt=501.0), turn(stt=100.0))
    assert isinstance(late, e.BudgetMissed)
    assert isinstance(first, e.TurnsMeasured)
    assert isinstance(second, e.TurnsMeasured)
    assert (first.stages["stt"]["count"], second.stages["stt"]["count"]) == (1, 2)
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO"]
    assert TurnLog(tmp_path).totals.budgets_missed == {"stt": 1}


def test_what_an_earlier_run_did_without_is_forgotten(tmp_path: Path) -> None:
    log = TurnLog(tmp_path)
    log.write(log.take(e.DegradationChanged(level=1, reason="budget", given_up=("beam",))))
    follow(tmp_path)
    assert TurnLog(tmp_path).degradation == {}


class SlowLog(TurnLog):
    """A log on a disk that takes nothing until it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.going_on = threading.Event()

    def write(self, texts: Mapping[str, str]) -> None:
        assert self.going_on.wait(10)
        super().write(texts)


async def test_a_slow_disk_holds_up_nobody_and_in_the_end_all_is_written(tmp_path: Path) -> None:
    bus, log, executor = Bus(), SlowLog(tmp_path), WorkerExecutor("metrics")
    told: list[e.Event] = []
    measuring = Measuring(BudgetsConfig(), log, bus.subscribe(), told.append, executor)
    running = asyncio.create_task(measuring.run())
    for value in (1.0, 2.0):
        bus.tell(turn(stt=value))
        while len(told) < value:
            await asyncio.sleep(0.001)
    running.cancel()
    log.going_on.set()
    await asyncio.wait([running])
    executor.close()
    assert len(TurnLog(tmp_path).turns) == 2
    assert TurnLog(tmp_path).totals.turns == {"en": 2}


def test_a_turn_is_one_line_and_so_is_what_was_late() -> None:
    assert turn_line(turn(stt=90.4)) == (
        "turn 7: stt=90ms confidence=0.91 audio=0.0s reply=0.0s language=en discarded=0"
    )
    late = e.BudgetMissed(turn_id=7, stages={"stt": 501.0}, budgets={"stt": 500})
    assert late_line(late) == "turn 7 took too long: stt 501 ms of 500"
