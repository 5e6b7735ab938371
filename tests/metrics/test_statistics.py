import json
from math import ceil
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.metrics import Histogram, Totals, TurnStatistics
from device.metrics.statistics import BOUNDS_MS

TIMES = st.floats(1.01, 90_000.0)


def test_statistics_forget_the_oldest_turns() -> None:
    statistics = TurnStatistics(size=3)
    for value in (1000.0, 1.0, 2.0, 3.0):
        statistics.add(e.TurnMeasured(stages={"stt": value}))
    spread = statistics.spreads()["stt"]
    assert (spread.count, spread.average, spread.p50, spread.p95) == (3, 2.0, 2.0, 3.0)


@given(st.lists(TIMES, min_size=2, max_size=200))
def test_the_percentiles_of_a_histogram_are_right_within_a_bucket(times: list[float]) -> None:
    histogram = Histogram()
    for value in times:
        histogram.add(value)
    ordered = sorted(times)
    for share in (0.5, 0.95):
        exact = ordered[ceil(share * len(ordered)) - 1]
        assert exact / 1.34 <= histogram.percentile(share) <= exact * 1.34
    assert histogram.spread().count == len(times)
    assert histogram.spread().average == pytest.approx(sum(times) / len(times), abs=0.1)


def test_a_histogram_of_many_turns_tells_what_a_list_of_them_would() -> None:
    histogram, times = Histogram(), [float(value) for value in range(100, 1_100)]
    for value in times:
        histogram.add(value)
    exact = quantiles(times, n=20)
    assert histogram.percentile(0.5) == pytest.approx(exact[9], rel=0.15)
    assert histogram.percentile(0.95) == pytest.approx(exact[18], rel=0.15)


def test_what_is_above_every_bound_counts_as_the_highest() -> None:
    histogram = Histogram()
    histogram.add(1e9)
    assert histogram.percentile(0.95) == BOUNDS_MS[-1]
    assert Histogram().percentile(0.5) == 0.0


def test_totals_add_up_and_come_back_as_they_were() -> None:
    totals = Totals()
    turn = e.TurnMeasured(
        stages={"stt": 90.0, "end_to_end": 700.0}, confidence=0.5, audio_seconds=1.5,
        reply_seconds=2.0, language="de", speculations_discarded=2,
    )  # fmt: skip
    for one in (turn, turn, e.TurnMeasured(stages={})):
        totals.add(one)
    totals.budgets_missed.update(("stt",))
    assert totals.turns == {"de": 2, "unknown": 1}
    assert (totals.audio_seconds, totals.reply_seconds) == (3.0, 4.0)
    assert totals.speculations_discarded == 4
    assert totals.confidence == pytest.approx(1 / 3, abs=1e-3)
    assert Totals.from_dict(json.loads(json.dumps(totals.as_dict()))) == totals


def test_nothing_has_no_confidence() -> None:
    assert Totals().confidence is None
