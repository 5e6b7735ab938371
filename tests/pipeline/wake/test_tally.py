import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.wake.tally import (
    Outcome,
    Tally,
    poisson_rate,
    report,
    suggest_threshold,
    tally_from,
)

SCORES = st.dictionaries(st.integers(0, 1000).map(lambda one: one / 1000), st.integers(1, 50))
WAKES = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.floats(0, 1), st.sampled_from(Outcome)), max_size=30
)


def _tally(wakes: list[tuple[str, float, Outcome]]) -> Tally:
    tally = Tally().listened(3600)
    for word, score, outcome in wakes:
        tally = tally.add(word, score, outcome)
    return tally


@given(WAKES)
def test_a_tally_survives_json(wakes: list[tuple[str, float, Outcome]]) -> None:
    tally = _tally(wakes)
    assert tally_from(json.loads(json.dumps(tally.as_dict()))) == tally


@given(WAKES, st.floats(0, 1), st.sampled_from(Outcome))
def test_what_is_taken_back_counts_for_nothing(
    wakes: list[tuple[str, float, Outcome]], score: float, outcome: Outcome
) -> None:
    tally = _tally([*wakes, ("a", 0.5, Outcome.COMMAND)])
    there_and_back = tally.add("a", score, outcome).add("a", score, outcome, -1)
    assert report(there_and_back) == report(tally)


@given(SCORES, SCORES)
def test_a_threshold_keeps_every_command_and_rejects_everything_false(
    commands: dict[float, int], false: dict[float, int]
) -> None:
    threshold, reason = suggest_threshold(commands, false)
    assert (threshold is None) == bool(reason)
    if threshold is not None:
        assert max(false) < threshold <= min(commands)
        assert threshold - 0.0101 <= max(false)


def test_a_threshold_is_the_lowest_that_will_do() -> None:
    assert suggest_threshold({0.9: 20}, {0.57: 2, 0.5: 1}) == (0.58, "")


@pytest.mark.parametrize(
    ("commands", "false", "reason"),
    [
        ({0.9: 19}, {0.5: 3}, "too few to tell: 19 commands"),
        ({0.9: 20}, {0.5: 2}, "2 false ones"),
        ({}, {}, "too few"),
        ({0.5: 1, 0.9: 20}, {0.7: 3}, "no threshold"),
    ],
)
def test_a_threshold_that_cannot_be_told_says_why(
    commands: dict[float, int], false: dict[float, int], reason: str
) -> None:
    threshold, why = suggest_threshold(commands, false)
    assert threshold is None
    assert reason in why


def test_rates_have_intervals_and_words_are_apart() -> None:
    tally = Tally().listened(10 * 3600)
    for _ in range(4):
        tally = tally.add("b", 0.6, Outcome.FALSE_WAKE).add("b", 0.7, Outcome.NOTHING)
    tally = tally.add("a", 0.9, Outcome.COMMAND)
    learned = report(tally)
    assert learned.hours == 10.0
    quiet, noisy = learned.words
    assert (quiet.word, quiet.reported.count, quiet.reported.high) == ("a", 0, 0.3)
    assert (noisy.reported.count, noisy.reported.per_hour) == (4, 0.4)
    assert (noisy.suspected.count, noisy.suspected.per_hour) == (8, 0.8)
    assert noisy.reported.low < 0.4 < noisy.reported.high


@pytest.mark.parametrize(
    ("events", "low", "high"), [(0, 0.0, 3.0), (1, 0.025, 5.57), (10, 4.80, 18.39)]
)
def test_the_interval_is_that_of_poisson(events: int, low: float, high: float) -> None:
    """The exact values, by chi-square; 3 for none is the rule of three."""
    assert poisson_rate(events, 1.0) == pytest.approx((low, high), rel=0.02, abs=0.02)
