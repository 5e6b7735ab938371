"""Which voice speaks a language."""

from pathlib import Path

import pytest

from benchmarks.toy_piper import make_piper_voice
from device.clock import run_virtual
from device.config import TtsConfig
from device.pipeline.base import KeptVoice
from device.pipeline.tts.voicebook import VoiceBook

pytest.importorskip("piper", reason="piper-tts is not installed: pip install piper-tts")
pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VoiceBook:
    """That of an English speaker with two Piper voices."""
    make_piper_voice(tmp_path, "en_US-toy-low")
    make_piper_voice(tmp_path, "de_DE-toy-low", espeak={"voice": "de"})
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    return VoiceBook(TtsConfig(engine="piper"), "en")


def found(book: VoiceBook, language: str, name: str = "") -> tuple[str, str]:
    """Engine and name of the voice."""

    async def find() -> KeptVoice:
        return await book.find(language, name)

    voice = run_virtual(find()).voice
    return voice.engine, voice.name


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", ("piper", "en_US-toy-low")),
        ("de", ("piper", "de_DE-toy-low")),
        ("ko", ("espeak", "ko")),
        ("zh-CN", ("espeak", "cmn-latn-pinyin")),
        ("tlh", ("piper", "en_US-toy-low")),
    ],
)
def test_a_language_is_spoken_by_a_voice_of_its_own(
    book: VoiceBook, language: str, voice: tuple[str, str]
) -> None:
    assert found(book, language) == voice
    assert found(book, language) == voice, "the second time too"


def test_a_name_that_no_voice_has_is_spoken_by_the_usual_one(book: VoiceBook) -> None:
    assert found(book, "en", "nobody") == ("piper", "en_US-toy-low")
