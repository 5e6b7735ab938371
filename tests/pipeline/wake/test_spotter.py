import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import UsageError
from device.pipeline.wake.spotter import Spotted, Spotter
from device.pipeline.wake.threshold import Thresholds


def test_a_score_at_the_threshold_counts_and_one_below_does_not() -> None:
    spotter = Spotter({"alexa": 0.5}, 0)
    assert spotter.hear(100, {"alexa": 0.49}) is None
    assert spotter.hear(200, {"alexa": 0.5}) == Spotted("alexa", 0.5, 200)


def test_the_word_most_above_its_own_threshold_wins() -> None:
    spotter = Spotter({"alexa": 0.9, "hey_jarvis": 0.3}, 0)
    heard = spotter.hear(1, {"alexa": 0.95, "hey_jarvis": 0.8})
    assert heard is not None
    assert heard.word == "hey_jarvis"


def test_the_refractory_period_is_counted_in_samples_and_belongs_to_the_word() -> None:
    spotter = Spotter({"alexa": 0.5, "hey_jarvis": 0.5}, 1000)
    assert spotter.hear(0, {"alexa": 1.0})
    assert spotter.hear(999, {"alexa": 1.0}) is None
    assert spotter.hear(999, {"hey_jarvis": 1.0})
    assert spotter.hear(1000, {"alexa": 1.0})


def test_the_word_that_lost_is_not_heard_a_moment_later() -> None:
    spotter = Spotter({"alexa": 0.5, "hey_jarvis": 0.5}, 1000)
    assert spotter.hear(0, {"alexa": 0.9, "hey_jarvis": 0.8})
    assert spotter.hear(10, {"hey_jarvis": 0.9}) is None


def test_a_threshold_can_change_while_listening() -> None:
    thresholds = Thresholds({"alexa": 0.9})
    spotter = Spotter(thresholds, 0)
    assert spotter.hear(1, {"alexa": 0.6}) is None
    thresholds.set("alexa", 0.5)
    assert spotter.hear(2, {"alexa": 0.6})


@pytest.mark.parametrize(("word", "value"), [("computer", 0.5), ("alexa", 1.1), ("alexa", -0.1)])
def test_a_wrong_threshold_is_refused_and_nothing_changes(word: str, value: float) -> None:
    thresholds = Thresholds({"alexa": 0.9})
    with pytest.raises(UsageError):
        thresholds.set(word, value)
    assert dict(thresholds) == {"alexa": 0.9}


@given(st.lists(st.floats(0, 1), max_size=60), st.integers(1, 10))
def test_detections_are_never_closer_than_the_refractory_period(
    scores: list[float], refractory: int
) -> None:
    spotter = Spotter({"w": 0.5}, refractory)
    found = [at for at, score in enumerate(scores) if spotter.hear(at, {"w": score})]
    assert all(b - a >= refractory for a, b in itertools.pairwise(found))
    assert bool(found) == any(score >= 0.5 for score in scores)
