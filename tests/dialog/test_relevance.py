from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.relevance import Remark, is_addressed

COMMAND = Remark("turn off the kitchen light", "en", 0.9, "HassTurnOff")


def test_a_command_that_was_heard_well_is_meant() -> None:
    assert is_addressed(COMMAND)


def test_a_command_that_was_heard_badly_is_not() -> None:
    assert not is_addressed(replace(COMMAND, confidence=0.3))


def test_a_command_for_what_the_home_lacks_is_not() -> None:
    assert not is_addressed(replace(COMMAND, fits=False))


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Mm-hm."), ("en", "okay"), ("de", "ach so"), ("zh", "好的")]
)
def test_what_people_say_while_others_talk_is_not(language: str, text: str) -> None:
    assert not is_addressed(Remark(text, language, 1.0, anything=True))


def test_a_yes_is_meant_only_where_something_was_asked() -> None:
    yes = Remark("yes", "en", 0.9, "ParlorYes")
    assert not is_addressed(yes)
    assert is_addressed(replace(yes, asked=True))


def test_any_words_answer_a_question() -> None:
    assert is_addressed(Remark("the one upstairs", "en", 0.2, asked=True))


def test_silence_answers_nothing() -> None:
    assert not is_addressed(Remark(" ...", "en", 1.0, asked=True))


@pytest.mark.parametrize(
    "text", ["and what about tomorrow", "who wrote War and Peace", "Is it far to Paris?"]
)
def test_a_question_is_meant_where_somebody_can_answer_it(text: str) -> None:
    question = Remark(text, "en", 0.8, anything=True)
    assert is_addressed(question)
    assert not is_addressed(replace(question, anything=False))
    assert not is_addressed(replace(question, confidence=0.4))


@pytest.mark.parametrize(
    "text", ["my sister called me this morning", "really nice", "what " + "and so on " * 12]
)
def test_talk_between_people_is_not_meant(text: str) -> None:
    assert not is_addressed(Remark(text, "en", 1.0, anything=True))


@given(
    st.builds(
        Remark, st.text(), st.sampled_from(["en", "de", "zh", "ja", "xx"]), st.floats(0, 1),
        st.sampled_from(["", "HassTurnOn", "ParlorNo"]), st.booleans(), st.just(False),
        st.booleans(),
    )
)  # fmt: skip
def test_surer_hearing_never_makes_a_remark_less_relevant(remark: Remark) -> None:
    assert is_addressed(replace(remark, confidence=1.0)) >= is_addressed(remark)
