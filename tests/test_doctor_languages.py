"""`parlor doctor` tells which languages the speaker hears and speaks."""

import pytest

from device.cli.languages import languages_told
from device.config import Config
from device.errors import ModelMissing


def config(**sections: object) -> Config:
    return Config(**{"mqtt": {"enabled": False}, **sections})  # type: ignore[arg-type]


def test_english_needs_nothing() -> None:
    assert languages_told(config()) == "en: heard by command, spoken by espeak"


@pytest.mark.parametrize(
    "sections",
    [
        {"device": {"language": "de"}},
        {"device": {"languages": ["de"]}},
        {"wake": {"word": [{"name": "alexa", "language": "de"}]}},
        {"device": {"language": "de"}, "stt": {"engines": ["whisper"], "whisper_model": "tiny.en"}},
    ],
)
def test_a_language_without_acoustic_model_is_told(sections: dict[str, object]) -> None:
    with pytest.raises(ModelMissing, match=r"de: heard by nobody.*multilingual"):
        languages_told(config(**sections))


def test_a_multilingual_whisper_hears_all_of_them() -> None:
    told = languages_told(
        config(
            device={"language": "en", "languages": ["de", "zh"]},
            stt={"engines": ["command", "whisper"], "whisper_model": "small"},
        )
    )
    assert told == (
        "en: heard by command, whisper, spoken by espeak; de: heard by whisper, spoken by espeak; "
        "zh: heard by whisper, spoken by espeak"
    )


def test_a_language_without_a_voice_is_told() -> None:
    whisper = {"engines": ["whisper"], "whisper_model": "small"}
    with pytest.raises(ModelMissing, match="ko: heard by whisper, spoken by no voice"):
        languages_told(config(device={"language": "ko"}, stt=whisper, tts={"engine": "piper"}))


def test_a_language_that_only_home_assistant_has_words_for_is_told() -> None:
    whisper = {"engines": ["whisper"], "whisper_model": "small"}
    assert "Home Assistant" in languages_told(config(device={"language": "sv"}, stt=whisper))
