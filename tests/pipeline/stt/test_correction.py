"""Which stretches of a text could be which names."""

import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pipeline.stt.correction import (
    Keyword,
    Said,
    Sounds,
    alike,
    corrections,
    words_of,
)

SOUNDS = {
    "ceiling": "S IY L IH NG", "sealing": "S IY L IH NG", "light": "L AY T", "like": "L AY K",
    "night": "N AY T", "kitchen": "K IH CH AH N", "kitten": "K IH T AH N", "shiv": "SH IH V",
    "siobhan": "SH IH V AO N", "on": "AO N", "turn": "T ER N", "the": "DH AH", "marshmallow":
    "M AA R SH M EH L OW",
}  # fmt: skip


def said(word: str) -> Sounds:
    return tuple(SOUNDS.get(word.lower(), "").split())


def unknown(_word: str) -> Sounds:
    return ()


def texts(
    text: str, *names: str, boost: float = 2.0, sounds: Callable[[str], Sounds] = said
) -> list[str]:
    return [one.text for one in corrections(text, sounds, [Keyword(name, boost) for name in names])]


def test_what_sounds_the_same_is_read_as_the_name() -> None:
    (found,) = corrections("turn on the sealing light", said, [Keyword("ceiling light")])
    assert found.text == "turn on the ceiling light"
    assert found.distance == 0.0


def test_a_name_may_have_been_heard_as_more_words_or_fewer() -> None:
    assert texts("tell shiv on", "Siobhan") == ["tell Siobhan"]
    assert texts("turn on the ceilinglight", "ceiling light") == ["turn on the ceiling light"]


def test_the_nearest_comes_first() -> None:
    names = [Keyword("ceiling night", 4.0), Keyword("ceiling light", 4.0)]
    found = corrections("the ceiling like", said, names)
    assert [one.text for one in found] == ["the ceiling light", "the ceiling night"]
    assert found[0].distance < found[1].distance


def test_what_is_a_name_already_stays() -> None:
    assert texts("turn on the Ceiling light", "ceiling light") == []


def test_no_word_beside_a_name_is_swallowed() -> None:
    assert texts("kitchen lights on", "kitchen lights", sounds=unknown, boost=4.0) == []
    assert texts("kitchen lihgts on", "kitchen lights", sounds=unknown, boost=4.0) == [
        "kitchen lights on"
    ]


@pytest.mark.parametrize(("text", "name"), [("night", "light"), ("cat", "hat"), ("on", "an")])
def test_short_words_that_only_rhyme_are_not_taken_for_each_other(text: str, name: str) -> None:
    assert texts(f"the {text}", name) == []


def test_the_boost_says_how_much_is_forgiven() -> None:
    assert [bool(texts("tell shiv on", "Siobhan", boost=boost)) for boost in (0, 2)] == [
        False,
        True,
    ]
    heard, name = "the kitten", "kitchen"
    assert [bool(texts(heard, name, boost=boost)) for boost in (1, 4)] == [False, True]


def test_without_sounds_the_spelling_counts() -> None:
    assert texts("tell anais", "Anaïs", sounds=unknown) == []
    assert texts("mach das Küchenlich an", "Küchenlicht", sounds=unknown) == [
        "mach das Küchenlicht an"
    ]
    assert texts("打开客厅的台登一下", "客厅的台灯", sounds=unknown) == ["打开客厅的台灯一下"]


def test_words_are_those_that_are_said() -> None:
    found = [
        word[0] for word in words_of("Turn on Ann's lamp 2, s'il vous plaît! 客厅 キッチン 주방")
    ]
    assert found == [
        "Turn", "on", "Ann's", "lamp", "2", "s'il", "vous", "plaît", "客", "厅", "キ", "ッ", "チ",
        "ン", "주방",
    ]  # fmt: skip


WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=9)
PHONES = st.lists(st.sampled_from(["AA", "AE", "B", "CH", "IY", "K", "N", "S"]), max_size=9)
SAID = st.builds(Said, WORDS, PHONES.map(tuple))


@given(SAID, SAID)
def test_likeness_is_a_share_the_same_both_ways_and_whole_only_for_what_sounds_the_same(
    one: Said, other: Said
) -> None:
    assert 0 <= alike(one, other) <= 1
    assert alike(one, other) == pytest.approx(alike(other, one))
    assert alike(one, one) == 1
    if alike(one, other) == 1:
        assert one.text == other.text or one.sounds == other.sounds


@given(
    st.lists(WORDS, max_size=8), st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=5),
    st.floats(0, 4), st.dictionaries(WORDS, PHONES.map(tuple)),
)  # fmt: skip
def test_only_one_stretch_changes_and_becomes_a_keyword(
    words: list[str], names: list[list[str]], boost: float, sounds: dict[str, Sounds]
) -> None:
    text, keywords = " ".join(words), [Keyword(" ".join(name), boost) for name in names]
    found = corrections(text, lambda word: sounds.get(word, ()), keywords)
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    for one in found:
        assert one.keyword in one.text
        assert 0 <= one.distance <= 0.2 + 1e-9
        before, _, after = one.text.partition(one.keyword)
        assert any(
            text.startswith(start) and text.endswith(end)
            for start, end in ((before, after), *_splits(one.text, one.keyword))
        )


def _splits(text: str, keyword: str) -> list[tuple[str, str]]:
    """What is before and after each place where the keyword stands."""
    places = [at for at in range(len(text)) if text.startswith(keyword, at)]
    return [(text[:at], text[at + len(keyword) :]) for at in places]


@given(st.text(), st.lists(st.text(min_size=1), max_size=5), st.floats(0, 4))
def test_any_text_at_all_can_be_looked_at(text: str, names: list[str], boost: float) -> None:
    for one in corrections(text, unknown, [Keyword(name, boost) for name in names]):
        assert one.keyword in names
