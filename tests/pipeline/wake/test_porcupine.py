from pathlib import Path

import numpy as np
import pytest

from device.audio.format import RATE
from device.errors import (
    AccessKeyMissing,
    AccessKeyRefused,
    EngineMissing,
    ModelInvalid,
    ModelMissing,
    UsageError,
)
from device.pipeline.wake.fake import LOUD, FakePorcupine
from device.pipeline.wake.porcupine import PorcupineEngine
from device.pipeline.wake.threshold import Thresholds


def key_file(folder: Path, text: str = "good\n", mode: int = 0o600) -> Path:
    file = folder / "porcupine.key"
    file.write_text(text)
    file.chmod(mode)
    return file


def engine(
    key: Path | None,
    library: FakePorcupine | None = None,
    words: dict[str, Path | None] | None = None,
) -> PorcupineEngine:
    words = words or {"jarvis": None}
    thresholds = Thresholds(dict.fromkeys(words, 0.4))
    return PorcupineEngine(words, key, thresholds, RATE, library or FakePorcupine())


def test_a_heard_keyword_becomes_a_detection(tmp_path: Path) -> None:
    audio = np.zeros(512 * 6, dtype=np.int16)
    audio[512 * 3 + 7] = LOUD
    heard = engine(key_file(tmp_path)).open().feed(audio)
    assert heard is not None
    assert (heard.word, heard.score, heard.at_sample) == ("jarvis", 1.0, 512 * 4)


def test_built_in_keywords_are_named_with_underscores(tmp_path: Path) -> None:
    assert engine(key_file(tmp_path), words={"hey_google": None}).words == ("hey_google",)


def test_no_key_file_is_a_missing_key() -> None:
    with pytest.raises(AccessKeyMissing, match="access_key_file") as caught:
        engine(None)
    assert caught.value.code == "wake-key-missing"


def test_a_key_file_that_is_not_there_or_empty_is_a_missing_key(tmp_path: Path) -> None:
    with pytest.raises(AccessKeyMissing, match="gone"):
        engine(tmp_path / "gone")
    with pytest.raises(AccessKeyMissing, match="empty"):
        engine(key_file(tmp_path, "\n"))


def test_a_key_that_everybody_can_read_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(AccessKeyMissing, match="chmod 600"):
        engine(key_file(tmp_path, mode=0o644))


def test_a_refused_key_has_its_own_code_and_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(AccessKeyRefused) as caught:
        engine(key_file(tmp_path, "s3cret-and-wrong"))
    assert caught.value.code == "wake-key-refused"
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_missing_and_unusable_keyword_files(tmp_path: Path) -> None:
    key = key_file(tmp_path)
    with pytest.raises(ModelMissing):
        engine(key, words={"x": tmp_path / "gone.ppn"})
    broken = tmp_path / "broken.ppn"
    broken.write_bytes(b"no keyword")
    with pytest.raises(ModelInvalid, match="keyword"):
        engine(key, words={"x": broken})
    with pytest.raises(ModelInvalid, match="jarvis"):
        engine(key, words={"hey_parlor": None})


def test_a_changed_threshold_restarts_the_detector_with_the_new_sensitivity(
    tmp_path: Path,
) -> None:
    library = FakePorcupine()
    knows = engine(key_file(tmp_path), library)
    stream = knows.open()
    before = library.handles[-1]
    assert before.sensitivities == [pytest.approx(0.6)]
    knows.set_threshold("jarvis", 0.1)
    stream.feed(np.zeros(512, dtype=np.int16))
    assert before.is_deleted
    assert library.handles[-1].sensitivities == [pytest.approx(0.9)]


def test_an_impossible_threshold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        engine(key_file(tmp_path)).set_threshold("jarvis", 2.0)


def test_closing_gives_the_detector_back(tmp_path: Path) -> None:
    library = FakePorcupine()
    stream = engine(key_file(tmp_path), library).open()
    stream.close()
    stream.close()
    assert all(handle.is_deleted for handle in library.handles)


def test_the_real_package_refuses_an_invented_key_or_says_that_it_is_missing(
    tmp_path: Path,
) -> None:
    key = key_file(tmp_path, "an invented key")
    with pytest.raises((AccessKeyRefused, EngineMissing)) as caught:
        PorcupineEngine({"jarvis": None}, key, Thresholds({"jarvis": 0.5}), RATE)
    try:
        import pvporcupine  # noqa: F401
    except ImportError:
        assert "pip install" in str(caught.value)
    else:
        assert isinstance(caught.value, AccessKeyRefused)
