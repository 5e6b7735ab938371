import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.detection import language_of, likeliest
from tests.dialog.test_seven_languages import LANGUAGES, ROWS, agent

ALL = ("en", "zh-CN", "ja", "ko", "de", "fr", "es", "it", "nl", "pt", "ru", "el")
_HOMES = st.lists(st.sampled_from(ALL), min_size=1, max_size=5, unique=True)


def understands(text: str, language: str) -> bool:
    return agent(language).understands(text, language)


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, text, *_ in ROWS])
def test_what_people_say_is_found_to_be_in_their_language(language: str, text: str) -> None:
    found = language_of(text, tuple(LANGUAGES), "en", understands)
    # "stop", for one, is said in more than one language.
    assert found == language or understands(text, found)


@pytest.mark.parametrize(
    ("text", "candidates", "found"),
    [
        ("電気をつけて", ("en", "zh", "ja"), "ja"),
        ("打开灯", ("en", "ja", "zh"), "zh"),
        ("ﾃﾞﾝｷ", ("zh", "ja"), "ja"),
        ("불 켜 줘", ("en", "ko"), "ko"),
        ("turn on the リビング light", ("ja", "en"), "en"),
        ("リビング の TV をつけて", ("en", "ja"), "ja"),
        ("включи свет", ("en", "ru"), "ru"),
        ("mach das Licht in der Küche an", ("en", "fr", "de"), "de"),
        ("mets la lumière du salon à cinquante pour cent", ("en", "es", "fr"), "fr"),
        ("¿qué hora es?", ("fr", "es"), "es"),
        ("wie ist das Wetter morgen in Rom", ("en", "nl", "de"), "de"),
    ],
)
def test_script_letters_and_words_tell(text: str, candidates: tuple[str, ...], found: str) -> None:
    assert likeliest(text, candidates, candidates[0])[0] == found


@pytest.mark.parametrize("text", ["", "42", "...", "Berlin", "OK"])
def test_where_nothing_tells_the_current_language_stays(text: str) -> None:
    assert likeliest(text, ("en", "de", "fr"), "fr")[0] == "fr"


def test_a_script_that_nobody_here_writes_is_english_or_what_is_spoken_now() -> None:
    assert likeliest("привет", ("de", "en"), "de") == ("en",)
    assert likeliest("привет", ("de", "fr"), "fr") == ("fr",)


def test_a_sentence_without_telling_words_is_in_the_language_that_understands_it() -> None:
    assert language_of("Licht an", ("en", "de"), "en", understands) == "de"
    assert language_of("Licht an", ("en", "de"), "en", lambda _text, _code: False) == "en"


@given(st.text(), _HOMES, st.data())
def test_it_is_always_one_of_them_and_the_likeliest_first(
    text: str, candidates: list[str], data: st.DataObject
) -> None:
    current = data.draw(st.sampled_from(candidates))
    found = likeliest(text, candidates, current)

    assert found
    assert set(found) <= {*candidates, current}
    assert len(set(found)) == len(found)


@given(st.text(), _HOMES)
def test_the_order_in_which_they_are_given_changes_nothing_but_draws(
    text: str, candidates: list[str]
) -> None:
    current = min(candidates)
    there = set(likeliest(text, candidates, current))
    assert set(likeliest(text, candidates[::-1], current)) == there


@given(
    st.text(alphabet="あいうえおアイウエオ", min_size=1), st.permutations(["en", "zh", "ja", "ko"])
)
def test_kana_is_japanese(text: str, candidates: list[str]) -> None:
    assert likeliest(text, candidates, "en") == ("ja",)


@given(st.text(alphabet="가나다라마바사", min_size=1), st.permutations(["en", "zh", "ja", "ko"]))
def test_hangul_is_korean(text: str, candidates: list[str]) -> None:
    assert likeliest(text, candidates, "en") == ("ko",)
