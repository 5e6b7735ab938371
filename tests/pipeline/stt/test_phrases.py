"""A few expected phrases: as a grammar, and found in what an engine of open vocabulary wrote."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.stt.phrases import as_phrase, contained, nearest, normal, phrase_grammar
from device.types import Transcript

ANSWERS = ("Leave it on", "Turn it off", "Ask me later!")
WORDS = st.text(string.ascii_letters + " '.,!?-", max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Be quiet!", "be quiet"),
        ("Yes, please.", "yes please"),
        ("DON\u2019T", "don't"),
        ("?", ""),
        ("a . T.V.", "a t.v."),
    ],
)
def test_signs_and_case_mean_nothing(text: str, expected: str) -> None:
    assert normal(text) == expected


@given(WORDS)
def test_a_normal_text_stays_as_it_is(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Leave it on.", "Leave it on"),
        ("leave it on please", ""),
        ("Leaves it on", "Leave it on"),
        ("ask me later", "Ask me later!"),
        ("turns it off", "Turn it off"),
        ("turn it on", ""),
        ("Leave iton", "Leave it on"),
        ("yesterday we walked along the river", ""),
        ("", ""),
    ],
)
def test_the_phrase_that_was_meant_is_found(heard: str, meant: str) -> None:
    assert nearest(heard, ANSWERS) == meant


def test_of_two_phrases_that_are_equally_near_none_is_taken() -> None:
    assert nearest("the shutters", ("the shutter", "the shutter s")) == "the shutter s"
    assert nearest("the curtain", ("the curtaine", "the curtaini")) == ""


@pytest.mark.parametrize(
    ("heard", "phrase"), [("unlocked", "locked"), ("unlock", "lock"), ("now", "no"), ("on", "off")]
)
def test_another_word_is_not_the_phrase_however_near(heard: str, phrase: str) -> None:
    assert nearest(heard, (phrase,)) == ""


@given(st.lists(WORDS, min_size=1), st.data())
def test_a_phrase_means_itself_or_one_that_sounds_alike(
    phrases: list[str], data: st.DataObject
) -> None:
    said = data.draw(st.sampled_from(phrases))
    found = nearest(said, phrases)
    assert normal(found).replace(" ", "") == normal(said).replace(" ", "")


def test_a_transcript_becomes_the_phrase_and_keeps_its_confidence() -> None:
    heard = Transcript("Leave it on.", confidence=0.7, engine="whisper")
    assert as_phrase(heard, ANSWERS).text == "Leave it on"
    other = as_phrase(Transcript("something else", confidence=0.7), ANSWERS)
    assert (other.text, other.confidence) == ("", 0.7)


def test_courtesies_around_a_phrase_are_left_out() -> None:
    assert contained("please ask me later", ANSWERS) == "Ask me later!"
    assert contained("quiet", ("be quiet", "quiet")) == "quiet"
    assert contained("be quiet", ("be quiet", "quiet")) == "be quiet"
    assert contained("please", ANSWERS) == ""


def test_a_grammar_says_what_can_be_said() -> None:
    grammar = phrase_grammar(("Stop", "be quiet!", "10 minutes", "stop", ""), "en", ("please",))
    assert list(grammar.classes.values()) == [("stop", "be quiet")]
    assert grammar.courtesies == ("please",)
    assert not phrase_grammar(("10", "?"), "en").arcs
