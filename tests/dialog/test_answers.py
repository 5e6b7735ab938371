"""Which of the allowed answers a sentence is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.agent import LocalAgent
from device.dialog.answers import match_answer, phrases_of
from device.home.home import Home

YES_NO = (("yes", ("[yes] please", "yes", "sure|of course")), ("no", ("no [thanks]", "don't")))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes, please!", "yes"), ("of course", "yes"), ("no", "no"), ("NO THANKS", "no"),
        ("don't", "no"), ("perhaps", ""), ("yes no", ""), ("", ""), ("?!", ""),
    ],
)  # fmt: skip
def test_a_sentence_is_the_answer_whose_template_it_fits(text: str, answer: str) -> None:
    assert match_answer(text, YES_NO) == (answer, {})


def test_a_slot_holds_any_words() -> None:
    genre = (("genre", ("play {genre} [music]",)),)
    assert match_answer("play french baroque music", genre)[1] == {"genre": "french baroque"}
    assert phrases_of(genre) == ()


def test_everything_that_may_be_said_is_listed() -> None:
    assert phrases_of(YES_NO) == (
        "yes please", "please", "yes", "sure", "of course", "no thanks", "no", "don't",
    )  # fmt: skip


@given(st.text(max_size=30), st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_no_template_and_no_sentence_breaks_it(text: str, templates: list[str]) -> None:
    answer, _ = match_answer(text, (("a", templates),))
    assert answer in ("", "a")
    assert all(phrase.strip() for phrase in phrases_of((("a", templates),)))


@pytest.mark.parametrize("broken", ["((maybe", "maybe)", "may|be]", "<maybe>", "{maybe"])
def test_a_template_that_is_none_counts_as_its_words(broken: str) -> None:
    words = "may be" if "|" in broken else "maybe"
    assert match_answer(words, (("a", (broken,)),))[0] == "a"


def test_an_intent_tells_everything_that_can_be_said_for_it() -> None:
    agent = LocalAgent((), Home(()))
    assert {"stop", "be quiet", "snooze"} <= set(
        agent.phrases(("ParlorStop", "ParlorSnooze"), "en")
    )
    assert "schlummern" in agent.phrases(("ParlorSnooze",), "de")
    assert len(agent.phrases(("HassTurnOn",), "en")) == 200
