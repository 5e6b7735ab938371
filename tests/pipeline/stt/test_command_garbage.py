"""Ordinary speech as the rival of commands."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.espeak import speak
from device.audio.format import RATE
from device.errors import ModelMissing
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.cepstra import FrontEnd
from device.pipeline.stt.command_garbage import VOCABULARY, open_speech

MODEL = acoustic_model("en")

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed; run: make setup"
)


@cache
def vectors() -> npt.NDArray[np.float32]:
    """Cepstra of a spoken sentence that is no command."""
    spoken = speak("yesterday we walked along the river for two hours").samples
    noise = np.random.default_rng(1).normal(0, 30, len(spoken) + RATE)
    noise[RATE // 2 :][: len(spoken)] += spoken
    return FrontEnd(MODEL.folder)(np.clip(noise, -32_768, 32_767).astype(np.int16)).vectors


def test_the_best_words_fill_the_utterance(tmp_path: Path) -> None:
    heard = open_speech(MODEL, tmp_path).hear(vectors())
    assert heard is not None
    assert heard.score < 0
    assert "yesterday" in [word.text.partition("(")[0] for word in heard.words]
    spoken = sum(word.vectors for word in heard.words if word.text != "(NULL)")
    assert spoken == pytest.approx(len(vectors()), abs=2)


def test_the_vocabulary_is_kept_and_mended(tmp_path: Path) -> None:
    first = open_speech(MODEL, tmp_path).hear(vectors())
    (kept,) = tmp_path.glob("speech-*.json")
    whole = kept.read_text(encoding="utf-8")
    assert whole.count(" ") > VOCABULARY
    for damage in ("", "[]", "[3]", "{}"):
        kept.write_text(damage, encoding="utf-8")
        assert open_speech(MODEL, tmp_path).hear(vectors()) == first
        assert kept.read_text(encoding="utf-8") == whole


@pytest.mark.parametrize("missing", ["dictionary", "folder"])
def test_a_missing_file_is_said(tmp_path: Path, missing: str) -> None:
    lacking = replace(MODEL, **{missing: tmp_path / "none"})  # type: ignore[arg-type]
    with pytest.raises(ModelMissing, match="pip install pocketsphinx"):
        open_speech(lacking)


def test_where_no_words_fit_nothing_is_heard() -> None:
    random = np.random.default_rng(1)
    scattered = random.normal(0, 40, (200, 13)).astype(np.float32)
    assert open_speech(MODEL).hear(scattered) is None
