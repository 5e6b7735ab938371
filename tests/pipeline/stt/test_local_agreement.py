"""Words of a growing hypothesis become stable, and stay."""

from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.stt.local_agreement import LocalAgreement

HYPOTHESES = st.lists(st.lists(st.sampled_from(["turn", "on", "off", "the", "lamp"])).map(" ".join))


def stable(*hypotheses: str) -> list[str]:
    agreement = LocalAgreement()
    return [agreement.feed(text).stable for text in hypotheses]


def test_what_two_hypotheses_begin_with_is_stable() -> None:
    assert stable("turn of", "turn off the", "turn off the lamp") == ["", "turn", "turn off the"]


def test_signs_and_capitals_are_no_disagreement() -> None:
    assert stable("Turn off.", "turn off the")[-1] == "turn off"


def test_the_newest_words_follow_the_stable_ones() -> None:
    agreement = LocalAgreement()
    agreement.feed("turn on")
    assert agreement.feed("turn on the lamp").text == "turn on the lamp"


def test_nothing_takes_a_stable_word_back() -> None:
    agreement = LocalAgreement()
    for text in ("turn on", "turn on", "learn on the lamp"):
        partial = agreement.feed(text)
    assert (partial.text, partial.stable) == ("turn on the lamp", "turn on")


@given(HYPOTHESES)
def test_stable_words_only_grow_and_begin_the_text(hypotheses: list[str]) -> None:
    agreement, before = LocalAgreement(), ""
    for text in hypotheses:
        partial = agreement.feed(text)
        assert partial.stable.split()[: len(before.split())] == before.split()
        assert partial.text.startswith(partial.stable)
        before = partial.stable
