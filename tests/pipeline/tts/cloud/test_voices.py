from typing import get_args

import pytest

from device.config.talking import TtsEngine
from device.errors import EngineError, ModelMissing
from device.pipeline.tts.cloud.voices import VOICES, find_voice, known_voices
from device.pipeline.tts.prosody import Abilities, Prosody, possible
from device.pipeline.tts.voices import ENGINES, LACKS, list_voices


def test_every_engine_of_the_configuration_has_voices_and_tells_what_it_lacks() -> None:
    assert set(get_args(TtsEngine)) == set(ENGINES) == set(LACKS)
    for engine in VOICES:
        assert known_voices(engine)
        assert list_voices(engine, "en")


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "en-US-JennyNeural"), ("en-GB", "en-GB-SoniaNeural"), ("en-AU", "en-US-JennyNeural"),
        ("zh", "zh-CN-XiaoxiaoNeural"), ("zh-TW", "zh-TW-HsiaoChenNeural"),
        ("ja", "ja-JP-NanamiNeural"), ("ko", "ko-KR-SunHiNeural"), ("de", "de-DE-KatjaNeural"),
        ("fr", "fr-FR-DeniseNeural"), ("es", "es-ES-ElviraNeural"),
        ("pt_br", "pt-BR-FranciscaNeural"),
    ],
)  # fmt: skip
def test_each_language_has_its_voice(language: str, name: str) -> None:
    for engine in ("edge", "azure"):
        assert find_voice(engine, language).name == name


def test_voices_of_any_language_are_told_which_one_they_speak() -> None:
    nova = find_voice("openai", "ja")
    assert (nova.name, nova.language, nova.rate) == ("nova", "ja", 24_000)
    assert find_voice("minimax", "zh").rate == 32_000


def test_a_voice_may_be_named_that_is_not_known_here() -> None:
    xiaoyi = find_voice("edge", "zh-TW", "zh-CN-XiaoyiNeural")
    assert (xiaoyi.name, xiaoyi.language) == ("zh-CN-XiaoyiNeural", "zh-CN")
    assert find_voice("elevenlabs", "de", "my-own").language == "de"


def test_a_language_without_a_known_voice_says_what_to_do() -> None:
    with pytest.raises(ModelMissing, match=r"no voice of azure .* 'xx'; name one in \[tts\] voice"):
        find_voice("azure", "xx")


def test_voices_of_services_are_only_listed_where_they_are_asked_for() -> None:
    assert {voice.engine for voice in list_voices(language="de")} <= {"espeak", "piper"}
    with pytest.raises(EngineError, match="elevenlabs"):
        list_voices("siri")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Prosody(1.5, 1.0, 0.0), Prosody(1.5, 1.0, 0.0)),
        (Prosody(4.0, 0.1, 0.5), Prosody(2.0, 0.5, 0.0)),
        (Prosody(0.25, 2.0, -1.0), Prosody(0.5, 1.0, 0.0)),
    ],
)
def test_what_an_engine_cannot_do_is_reported(
    asked: Prosody, found: Prosody, caplog: pytest.LogCaptureFixture
) -> None:
    able = Abilities(rate=(0.5, 2.0), volume=(0.5, 1.0))
    assert possible(asked, able, "crystal") == found
    assert ("crystal cannot speak as" in caplog.text) == (asked != found)
    assert able.lacks == ("pitch",)
