"""The figures of a dialogue: what counts as growth, and that every way of measuring measures."""

from pathlib import Path

import pytest

from benchmarks.broker import Broker
from benchmarks.dialogue import figures_of_growth, interval, timed
from benchmarks.dialogue_speaker import beside_bare, first_audio, grown, round_trips
from benchmarks.lamp import Lamps
from benchmarks.soak import Point
from device.config import TtsConfig

pytest.importorskip("openai")


def points(*memory: float) -> list[Point]:
    return [Point("one", 10.0 * at, kib, 20, 9, 30, True) for at, kib in enumerate(memory)]


def test_memory_that_comes_and_goes_is_no_growth_and_a_leak_is() -> None:
    calm = {one.name: one for one in figures_of_growth(points(*[100.0, 101.0] * 40))}
    assert calm["memory_sure_growth"].value == 0
    leak = {one.name: one for one in figures_of_growth(points(*range(80)))}
    assert leak["memory_slope"].value == pytest.approx(100)
    assert leak["memory_sure_growth"].value > 90


def test_what_fills_in_the_beginning_is_no_growth() -> None:
    filled = points(*range(15), *[20.0] * 65)
    assert {one.name: one.value for one in figures_of_growth(filled)}["memory_slope"] == 0


def test_the_interval_holds_the_median_and_the_target_stands_at_it() -> None:
    values = [float(value) for value in range(1, 42)]
    low, high = interval(values)
    assert 1 < low < 21 < high < 41
    middle, late = timed("turn", values, 15.0)
    assert (middle.value, middle.target, middle.met) == (21.0, 15.0, False)
    assert (late.name, late.target) == ("turn_p95", None)


@pytest.mark.broker
async def test_a_whole_speaker_is_measured(broker: Broker, tmp_path: Path) -> None:
    with Lamps("127.0.0.1", broker.port) as lamps:
        (wait,) = await first_audio(broker.config, TtsConfig(), tmp_path, 1)
        ours, theirs = await beside_bare(2)
        (trip,) = await round_trips(broker.config, tmp_path, 1)
        assert len(lamps.commands) == 2
        held = await grown(broker.config, tmp_path, 20)
    assert min(wait, *ours, *theirs, trip) > 0
    assert (len(ours), len(theirs), len(held)) == (2, 2, 2)
