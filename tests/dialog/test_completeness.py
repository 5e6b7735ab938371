import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.completeness import over
from device.dialog.cues import cues
from device.dialog.language import known_languages
from device.types import Transcript


def said(text: str, language: str = "en") -> Transcript:
    return Transcript(text, language, engine="whisper")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "turn on the"),
        ("en", "Turn on the light and..."),
        ("en", "set the timer for"),
        ("en", "set a timer for 5"),
        ("en", "I would like to,"),
        ("en_GB", "add milk and"),
        ("de", "mach das Licht in der"),
        ("de", "stell einen Timer für 5"),
        ("fr", "allume la"),
        ("es", "enciende las luces de la"),
        ("it", "accendi la luce in"),
        ("nl", "zet het licht in de"),
        ("pt", "acenda a luz da"),
        ("zh", "打开客厅的"),
    ],
)
def test_a_sentence_that_calls_for_more_is_not_over(language: str, text: str) -> None:
    likely = over(said(text, language), known=False)
    assert likely is not None
    assert likely < 0.1


@pytest.mark.parametrize("text", ["what time is it", "turn on the light"])
def test_a_sentence_that_the_templates_know_is_probably_over(text: str) -> None:
    likely = over(said(text), known=True)
    assert likely is not None
    assert likely > 0.8


def test_dots_outweigh_the_templates() -> None:
    likely = over(said("turn on the light..."), known=True)
    assert likely is not None
    assert likely < 0.1


def test_a_full_stop_tells_less_than_a_template() -> None:
    known, stopped = (over(said("It is raining."), known=known) for known in (True, False))
    assert known is not None
    assert stopped is not None
    assert 0.5 < stopped < known


def test_a_question_may_end_with_any_word() -> None:
    likely = over(said("What is it for?"), known=False)
    assert likely is not None
    assert likely > 0.5


def test_words_without_a_sign_tell_nothing() -> None:
    assert over(said("my sister called me this morning"), known=False) is None


def test_a_number_that_needs_no_unit_is_no_beginning() -> None:
    assert over(said("set the volume to 50"), known=True) == over(said("stop"), known=True)


def test_what_the_recogniser_tells_comes_before_the_templates() -> None:
    heard = Transcript("kitchen speaker", "en", engine="command", over=0.2)
    assert over(heard, known=True) == 0.2


def test_what_was_not_understood_tells_little() -> None:
    strong, weak = (
        over(Transcript(text, "en", over=0.98), known=False) for text in ("next track", "")
    )
    assert strong == 0.98
    assert weak is not None
    assert 0.5 < weak < 0.9


def test_nothing_heard_tells_nothing() -> None:
    assert over(said(""), known=False) is None


@given(st.text(), st.sampled_from(known_languages()), st.booleans(), st.none() | st.floats(0, 1))
def test_any_text_has_a_probability_or_none(
    text: str, language: str, known: bool, told: float | None
) -> None:
    likely = over(Transcript(text, language, over=told), known)
    assert likely is None or 0.0 <= likely <= 1.0


def test_a_language_without_cues_has_none() -> None:
    assert not cues("xx").ends_open("and")
    assert not cues("xx").asks("what")
