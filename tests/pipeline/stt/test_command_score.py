"""How sure the command recogniser is, from what its searches say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.stt.command_score import PHRASES, Evidence, Word, confidence

_STEPS = 200


def evidence(margin: float = 5.0, prior: float = -2.0, spoken: int = _STEPS) -> Evidence:
    """Evidence with this margin and prior in every step of its words, and a pause around them."""
    sound = -60.0 * spoken
    words = (
        Word("<sil>", 40, -1_000.0),
        Word("lamp", spoken, sound),
        Word("<sil>", 30, -800.0),
    )
    score = sound - 1_800.0 + prior * spoken
    return Evidence("lamp", score, score - margin * spoken, words)


@pytest.mark.parametrize("text", ["<sil>", "[NOISE]", "<s>", "(NULL)"])
def test_pauses_are_no_words(text: str) -> None:
    assert not Word(text, 10, -500.0).is_spoken
    assert Word("lamp(2)", 10, -500.0).is_spoken


def test_margin_and_prior_are_counted_in_words_and_not_in_pauses() -> None:
    weighed = evidence(margin=3.0, prior=-1.5)
    assert weighed.margin == pytest.approx(3.0)
    assert weighed.prior == pytest.approx(-1.5)


def test_a_command_that_explains_as_much_as_any_words_is_accepted() -> None:
    assert confidence(evidence(margin=12.0)) > 0.5 > confidence(evidence(margin=-12.0))


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_the_more_words_fit_other_speech_the_less_sure(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= confidence(evidence(low)) <= confidence(evidence(high)) <= 1.0


def test_an_unlikely_command_needs_better_sound() -> None:
    assert confidence(evidence(prior=-6.0)) < confidence(evidence(prior=-1.0))


def test_a_best_path_of_pauses_alone_has_a_confidence() -> None:
    silent = Evidence("lamp", -1_000.0, -900.0, (Word("<sil>", 30, -900.0),))
    assert 0.0 <= confidence(silent) < 0.5


def test_a_phrase_is_taken_by_its_sound_alone() -> None:
    assert confidence(evidence(margin=0.0, prior=-6.0), PHRASES) > 0.5
    assert confidence(evidence(margin=-12.0, prior=-1.0), PHRASES) < 0.5
