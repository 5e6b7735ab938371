"""What grows, and how sure that is."""

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.soak import Diary, Point, count, figures
from benchmarks.trend import trend
from benchmarks.turn import SLOT_SECONDS

TIMES = [number / 100 for number in range(400)]


def noisy(slope: float, seed: int, sticky: float = 0.0) -> list[float]:
    """Values that grow like that, and whose noise follows itself."""
    rng, value, values = np.random.default_rng(seed), 0.0, []
    for time in TIMES:
        value = sticky * value + rng.normal(0, 1)
        values.append(1_000 + slope * time + value)
    return values


def test_what_grows_is_found_and_what_does_not_is_not() -> None:
    grown, still = trend([(TIMES, noisy(5.0, 0))]), trend([(TIMES, noisy(0.0, 0))])
    assert grown.low < 5.0 < grown.high
    assert grown.sure > 4.0
    assert still.low < 0.0 < still.high
    assert still.sure == 0.0


def test_the_interval_holds_the_truth_in_nineteen_of_twenty_though_neighbours_are_alike() -> None:
    found = [trend([(TIMES, noisy(0.0, seed, sticky=0.6))]) for seed in range(200)]
    assert sum(one.low <= 0.0 <= one.high for one in found) >= 176


def test_processes_have_levels_of_their_own_and_one_slope() -> None:
    high = [value + 50_000 for value in noisy(3.0, 1)]
    found = trend([(TIMES, noisy(3.0, 0)), (TIMES, high)])
    assert found.slope == pytest.approx(3.0, abs=0.3)


@given(st.floats(0, 1e6))
def test_what_never_changes_does_not_grow(level: float) -> None:
    found = trend([(TIMES, [level] * len(TIMES))])
    assert found.slope == pytest.approx(0.0, abs=1e-6 * max(1.0, level))
    assert found.high == pytest.approx(0.0, abs=1e-6 * max(1.0, level))


def test_of_too_little_nothing_is_known() -> None:
    assert trend([([0.0], [1.0])]).high == float("inf")


def point(number: int, memory: float, process: str = "a") -> Point:
    return Point(process, float(SLOT_SECONDS * number), memory, 20, 9, 30, obeyed=True)


def test_a_leak_is_a_miss_and_the_filling_of_caches_is_not() -> None:
    leak = {one.name: one for one in figures([point(n, 9_000.0 + 10 * n) for n in range(100)])}
    fills = [point(n, 9_000.0 + min(n, 25) * 100) for n in range(100)]
    full = {one.name: one for one in figures(fills)}
    assert leak["memory_slope"].value == pytest.approx(10 * 3600 / SLOT_SECONDS, rel=0.01)
    assert not leak["memory_sure_growth"].met
    assert full["memory_sure_growth"].met
    assert full["tasks_sure_growth"].met
    assert full["commands_obeyed"].value == 1.0


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "soak.jsonl"
    first = Diary(path)
    first.add(point(1, 100.0))
    with path.open("a") as file:
        file.write("\n" + json.dumps(asdict(point(2, 101.0)))[:20])
    again = Diary(path)
    assert again.points() == [point(1, 100.0)]
    assert again.seconds == SLOT_SECONDS
    again.add(point(3, 102.0))
    assert again.points() == [point(1, 100.0), point(3, 102.0)]
    again.finish()
    assert Diary(path).points() == []


async def test_what_a_process_holds_is_counted() -> None:
    before = count("a", 0.0, obeyed=False)
    idle = asyncio.create_task(asyncio.sleep(60))
    handle = os.open("/proc/self/status", os.O_RDONLY)
    during = count("a", 1.0, obeyed=True)
    os.close(handle)
    idle.cancel()
    assert during.tasks == before.tasks + 1
    assert during.handles == before.handles + 1
    assert during.memory > 1_000
