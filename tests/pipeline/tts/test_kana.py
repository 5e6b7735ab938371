"""Japanese for a voice that reads kana alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialog.language import load_language
from device.dialog.prompts import filler
from device.dialog.speakable import speakable
from device.pipeline.tts.kana import in_kana

_CHARACTER = re.compile(r"[\u3400-\u9fff]")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_JAPANESE = st.text(alphabet="電気時分一日月今あア、。7 a")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("キッチンの電気を消しました。", "キッチンのでんきをけしました。"),
        ("4時7分", "よじ 7 ふん "),
        ("10時30分です", "10 じ 30 ぷん です"),
        ("時間が1時間", "じかんが1 じかん "),
        ("今日は11月21日", "きょうは11 がつ 21 にち "),
        ("全部ひらがな OK 12", "ぜんぶひらがな OK 12"),
        ("鬱です", "です"),
        ("", ""),
    ],
)
def test_words_are_read_as_people_read_them(written: str, read: str) -> None:
    assert in_kana(written) == read


def test_every_phrase_of_ours_can_be_read() -> None:
    data = load_language("ja")
    replies = [text for texts in data.replies.values() for text in texts.values()]
    units = [speakable(f"5 {unit}", "ja") for unit in ("°C", "%", "km/h", "¥", "kWh", "min")]
    moments = [speakable("2026-11-21 7:30", "ja"), filler("ja")]
    for template in (*data.phrases.values(), *replies, *data.errors.values(), *units, *moments):
        words = _JINJA.sub("", template)
        assert "〓" not in in_kana(words, unknown="〓"), template


@given(_JAPANESE | st.text())
def test_nothing_is_left_that_cannot_be_read_and_the_rest_stays(text: str) -> None:
    read = in_kana(text)
    assert not _CHARACTER.search(read)
    if not _CHARACTER.search(text) and "々" not in text:
        assert read == text
