import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.tts.resume import left_of

TEXT = "The kitchen light is on, and the front door is locked."


@pytest.mark.parametrize(
    ("share", "rest"),
    [
        (-1, TEXT), (0, TEXT), (0.1, TEXT[4:]), (0.5, "on, and the front door is locked."),
        (1.0, "is locked."), (1.19, "locked."), (1.2, ""), (9, ""),
    ],
)  # fmt: skip
def test_it_goes_on_a_little_before_where_the_other_fell_silent(share: float, rest: str) -> None:
    assert left_of(TEXT, share) == rest


def test_writing_without_spaces_is_cut_anywhere() -> None:
    assert left_of("厨房的灯开着而且前门锁了", 0.6) == "而且前门锁了"


@given(st.text(max_size=60), st.floats(0, 1.19))
def test_the_rest_is_the_end_of_the_text_and_never_nothing(text: str, share: float) -> None:
    rest = left_of(text, share)
    assert text.strip().endswith(rest)
    assert bool(rest) == bool(text.strip())


@given(st.floats(0, 1.19), st.floats(0, 1.19))
def test_who_heard_more_is_told_less(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert len(left_of(TEXT, more)) <= len(left_of(TEXT, less))
