import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.stt.whisper_rules import (
    Decoding,
    better,
    compression_ratio,
    repeats,
    token_limit,
)

_TOKENS = st.lists(st.integers(0, 3), max_size=60).map(tuple)


def decoding(
    tokens: tuple[int, ...] = (1, 2, 3),
    sure: float = -0.1,
    no_speech: float = 0.0,
    text: str = "ok",
) -> Decoding:
    return Decoding(text, tokens, 20, sure, no_speech)


def test_the_limit_follows_the_utterance_and_is_wider_for_scripts_that_cost_more() -> None:
    assert token_limit(0, "en") < token_limit(2, "en") < token_limit(10, "en")
    assert token_limit(5, "en") == 12 + 30
    assert token_limit(5, "zh") == 12 + 60
    assert token_limit(1_000, "zh") <= 224


def test_four_equal_runs_at_the_end_are_a_loop_and_three_are_not() -> None:
    assert repeats((7, 1, 1, 1, 1))
    assert not repeats((1, 1, 1))
    assert repeats((9, *(1, 2, 3) * 4))
    assert not repeats((*(1, 2, 3) * 4, 9))


@given(_TOKENS, _TOKENS.filter(lambda run: 0 < len(run) <= 8))
def test_any_short_run_said_four_times_is_a_loop(
    start: tuple[int, ...], run: tuple[int, ...]
) -> None:
    assert repeats(start + run * 4)


def test_text_that_says_one_thing_over_and_over_compresses_too_well() -> None:
    assert compression_ratio("turn the light on in the kitchen") < 1.5
    assert compression_ratio("the light " * 30) > 2.4
    assert compression_ratio("") == 0.0


@pytest.mark.parametrize(
    ("one", "runs_on", "doubtful", "silent"),
    [
        (decoding(), False, False, False),
        (decoding(tokens=tuple(range(20))), True, True, False),
        (decoding(tokens=(5, 5, 5, 5)), True, True, False),
        (decoding(text="la " * 60), True, True, False),
        (decoding(sure=-1.5), False, True, False),
        (decoding(no_speech=0.9), False, False, False),
        (decoding(sure=-1.5, no_speech=0.9), False, True, True),
        (decoding(tokens=(5, 5, 5, 5), no_speech=0.9), True, True, True),
    ],
)
def test_what_is_believed(one: Decoding, runs_on: bool, doubtful: bool, silent: bool) -> None:
    assert (one.runs_on, one.is_doubtful, one.is_silence) == (runs_on, doubtful, silent)


def test_confidence_is_the_geometric_mean_of_the_probabilities() -> None:
    assert decoding(sure=math.log(0.25)).confidence == pytest.approx(0.25)


def test_of_two_tries_the_one_that_ended_wins_then_the_surer_one() -> None:
    looped, doubtful, sure = decoding(tokens=(1,) * 20), decoding(sure=-2), decoding(sure=-0.1)
    assert better(looped, doubtful) is doubtful
    assert better(doubtful, sure) is sure
    assert better(sure, doubtful) is sure
