import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.figures import figures_of
from device.dialog.markup import strip_markup
from device.dialog.speakable import speakable

_LANGUAGES = st.sampled_from(
    ["en", "de", "fr", "es", "it", "nl", "pt-BR", "zh-CN", "ja", "ko", "pl", "xx", ""]
)
_FIGURES = st.text(alphabet=st.sampled_from("0123456789.,:- °C%€$kmh/aZ温"), max_size=40)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("**Bold**, *thin* and __both__.", "Bold, thin and both."),
        ("# Lights\n- kitchen\n- hall", "Lights\nkitchen\nhall"),
        (
            "See [the manual](https://a.b/c) or https://www.parlor.dev/x?y=1.",
            "See the manual or parlor.dev",
        ),
        ("```py\nx = 1\n```", "x = 1"),
        ("Room | Light\n--- | ---\nHall | on", "Room, Light\nHall, on"),
        ("<b>On</b> &amp; off, 5 < 6 > 4", "On & off, 5 < 6 > 4"),
        ("Done 😀👍🏽! ☀️", "Done !"),
        ("snake_case, 2 * 3 and 2*3", "snake_case, 2 * 3 and 2*3"),
        ("a\x00b\x07c\u200bd\u202ee", "a b cde"),
        ("> quoted\n\n\n***", "quoted"),
        ("", ""),
    ],
)
def test_markup_is_not_read_out(text: str, plain: str) -> None:
    assert strip_markup(text) == plain


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "It is 21.5 °C.", "It is twenty-one point five degrees Celsius."),
        ("en", "-3°C and 1 °F", "minus three degrees Celsius and one degree Fahrenheit"),
        ("en", "1,234 W and 0.05 kWh",
         "one thousand two hundred thirty-four watts and zero point zero five kilowatt hours"),
        ("en", "At 7:30, 7:05 pm, 7:00 and 7:00 am.",
         "At seven thirty, seven oh five pm, seven o'clock and seven am."),
        ("en", "On 2026-11-21.", "On November twenty-first, twenty twenty-six."),
        ("en", "$5 or 5 €", "five dollars or five euros"),
        ("de", "Es sind 21,5 °C.", "Es sind einundzwanzig Komma fünf Grad Celsius."),
        ("de", "1 min, 21.5 °C, 1.200 W",
         "eine Minute, einundzwanzig Komma fünf Grad Celsius, eintausendzweihundert Watt"),
        ("de", "am 2026-11-21 um 13:05",
         "am einundzwanzigsten November zweitausendsechsundzwanzig um dreizehn Uhr fünf"),
        ("fr", "21 min à 1:00, 2,5 kg",
         "vingt-et-une minutes à une heure, deux virgule cinq kilogrammes"),
        ("fr", "1\u202f234 W le 2026-05-01",
         "mille deux cent trente-quatre watts le premier mai deux mille vingt-six"),
        ("es", "21 °C a las 7:30", "veintiún grados Celsius a las siete y treinta"),
        ("it", "1 h, 7:05", "una ora, sette e cinque"),
        ("nl", "21,5 °C om 7:30", "eenentwintig komma vijf graden Celsius om zeven uur dertig"),
        ("pt-BR", "50% às 1:00", "cinquenta por cento às uma hora"),
        ("zh-CN", "现在21.5°C，湿度50%，-3°C",
         "现在二十一点五摄氏度，湿度百分之五十，零下三摄氏度"),
        ("zh-CN", "2026-11-21 2:05", "二〇二六年十一月二十一日 两点零五分"),
        ("zh-TW", "22℃", "二十二摄氏度"),
        ("ja", "今21.5°C、湿度50%、-3℃です", "今21点5度、湿度50パーセント、マイナス3度です"),
        ("ja", "2026-11-21の19:05に", "2026年11月21日の19時5分に"),
        ("ko", "지금 21.5°C, 습도 50%, -3 °C",
         "지금 이십일 점 오 도, 습도 오십 퍼센트, 영하 삼 도"),
        ("ko", "2026-06-21 19:05", "이천이십육년 유월 이십일일 오후 일곱 시 오 분"),
        ("ko", "6월 5일 오후 7시에 조명 3개", "유월 오일 오후 일곱 시에 조명 세 개"),
        ("zh-CN", "2个小时，2km，2%，12盏灯", "两个小时，两公里，百分之二，十二盏灯"),
        ("ko", "7:00에, 3 h 20 min", "오전 일곱 시에, 세 시간 이십 분"),
    ],
)  # fmt: skip
def test_figures_are_said_in_the_language(language: str, text: str, words: str) -> None:
    assert speakable(text, language) == words


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3.4",
        "007",
        "mp3 and H2O",
        "2-3",
        "12345678901234567890",
        "2026-13-45",
        "v1.2",
        "a@b.c3",
        "25:99",
    ],
)
def test_what_is_no_number_is_left_alone(text: str) -> None:
    assert speakable(text, "en") == text


def test_a_one_that_must_agree_with_an_unknown_noun_is_left_to_the_voice() -> None:
    assert speakable("1 Lampe und 3 Lampen", "de") == "1 Lampe und drei Lampen"
    assert speakable("1 lamp", "en") == "one lamp"


def test_a_language_without_a_table_loses_only_its_markup() -> None:
    assert speakable("**Jest** 21,5 °C", "pl") == "Jest 21,5 °C"


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "ko", "nl", "pt", "zh"])
def test_every_unit_of_every_language_can_be_said(language: str) -> None:
    figures = figures_of(language)
    assert figures is not None
    for unit in figures.units:
        for value in ("1", "2"):
            words = speakable(f"{value} {unit}", language)
            assert words
            assert not any(letter.isdigit() for letter in words)
            assert unit not in ("°C", "%", "€") or unit not in words
    assert len({speakable(f"2026-{month:02}-02", language) for month in range(1, 13)}) == 12


def test_japanese_keeps_its_digits_and_says_its_units() -> None:
    figures = figures_of("ja")
    assert figures is not None
    for unit in figures.units:
        words = speakable(f"12 {unit}", "ja")
        assert "12" in words
        assert not words.endswith(unit)


@given(st.text(), _LANGUAGES)
def test_any_text_can_be_made_speakable(text: str, language: str) -> None:
    words = speakable(text, language)
    assert "`" not in words
    assert words == words.strip()
    words.encode()


@given(_FIGURES, _LANGUAGES)
def test_any_figures_can_be_made_speakable(text: str, language: str) -> None:
    speakable(text, language)


@given(st.text(alphabet=st.sampled_from("abc déß温. ,!?'"), max_size=60), _LANGUAGES)
def test_plain_words_stay_as_they_are(text: str, language: str) -> None:
    assert speakable(text, language).split() == text.split()
