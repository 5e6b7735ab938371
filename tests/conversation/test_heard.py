from hypothesis import given
from hypothesis import strategies as st

from device.conversation.heard import Spoken, heard_text, saying

STORY = (Spoken("Once upon a time,", 1.0), Spoken("there was a princess.", 2.0))


def test_all_of_it_was_heard_at_the_end_and_nothing_before_it_began() -> None:
    assert heard_text(STORY, 3.0) == "Once upon a time, there was a princess."
    assert heard_text(STORY, 0.0) == ""


def test_a_piece_that_was_cut_ends_with_its_last_whole_word() -> None:
    assert heard_text(STORY, 0.7) == "Once upon a"
    assert heard_text(STORY, 2.0) == "Once upon a time, there was"
    assert heard_text(STORY, 1.0) == "Once upon a time,"


def test_silence_at_the_end_of_a_piece_need_not_be_heard() -> None:
    assert heard_text(STORY, 2.96) == "Once upon a time, there was a princess."


def test_a_language_without_spaces_is_cut_between_characters() -> None:
    assert heard_text([Spoken("厨房的灯已经打开", 2.0)], 1.0) == "厨房的灯"


def test_a_single_word_that_was_cut_was_not_heard() -> None:
    assert heard_text([Spoken("Certainly", 1.0)], 0.8) == ""


def test_what_is_said_about_now_is_neither_long_ago_nor_far_ahead() -> None:
    story = [Spoken(" ".join(f"w{n}" for n in range(20)), 10.0), Spoken("and they lived on", 2.0)]
    assert saying(story, 0.0) == "w0 w1"
    assert saying(story, 6.0) == " ".join(f"w{n}" for n in range(4, 14))
    assert saying(story, 9.5).endswith("w19 and")
    assert saying([], 3.0) == ""


PIECES = st.lists(st.builds(Spoken, st.text(max_size=30), st.floats(0.1, 10.0)), max_size=6)


@given(PIECES, st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_who_listens_longer_has_heard_at_least_as_much(
    pieces: list[Spoken], one: float, other: float
) -> None:
    less, more = (heard_text(pieces, seconds) for seconds in sorted((one, other)))
    assert more.startswith(less)
