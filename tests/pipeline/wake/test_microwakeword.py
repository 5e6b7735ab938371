import json
import shutil
from pathlib import Path

import pymicro_wakeword
import pyopen_wakeword
import pytest

from benchmarks.corpus import say
from benchmarks.espeak import Manner
from device.audio.format import RATE
from device.errors import ModelInvalid, ModelMissing
from device.pipeline.wake.microwakeword import MicroWakeWordEngine, default_threshold
from device.pipeline.wake.threshold import Thresholds
from tests.pipeline.wake.speech import silence
from tests.pipeline.wake.test_openwakeword import detections

MODELS = Path(pymicro_wakeword.__file__).parent / "models"


def engine(word: str, path: Path | None = None, threshold: float = 0.9) -> MicroWakeWordEngine:
    return MicroWakeWordEngine({word: path}, Thresholds({word: threshold}), 2 * RATE)


def custom(tmp_path: Path, **changes: object) -> Path:
    shutil.copy(MODELS / "hey_mycroft.tflite", tmp_path / "mine.tflite")
    facts = json.loads((MODELS / "hey_mycroft.json").read_text())
    description = tmp_path / "mine.json"
    description.write_text(json.dumps({**facts, "model": "mine.tflite", **changes}))
    return description


def test_a_spoken_wake_word_is_heard_once() -> None:
    clip = say("hey mycroft", Manner("en-gb-scotland", 150), before_seconds=2.0, wake_words=2)
    heard = detections(engine("hey_mycroft").open(), clip.samples)
    assert [d.word for d in heard] == ["hey_mycroft"]
    assert heard[0].at_sample > clip.speech_start


def test_silence_is_no_word() -> None:
    assert not detections(engine("hey_jarvis").open(), silence(10))


def test_the_default_threshold_is_the_authors() -> None:
    assert default_threshold("hey_jarvis", None) == 0.97


def test_a_custom_description_and_model_are_used(tmp_path: Path) -> None:
    clip = say("hey mycroft", Manner("en-gb-scotland", 150), before_seconds=2.0)
    heard = detections(engine("mine", custom(tmp_path)).open(), clip.samples)
    assert [d.word for d in heard] == ["mine"]


def test_an_unknown_built_in_word_is_named_with_those_that_exist() -> None:
    with pytest.raises(ModelInvalid, match="okay_nabu"):
        engine("hey_rhasspy")


def test_missing_files_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        engine("x", tmp_path / "gone.json")
    description = custom(tmp_path, model="gone.tflite")
    with pytest.raises(ModelMissing):
        engine("x", description)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"micro": 3}', '{"wake_word": "x"}', "\0"]
)
def test_a_broken_description_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(ModelInvalid, match=r"mine\.json"):
        engine("x", path)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = Path(pyopen_wakeword.__file__).parent / "models" / "alexa.tflite"
    with pytest.raises(ModelInvalid, match="microWakeWord"):
        engine("x", custom(tmp_path, model=str(other)))


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    description = custom(tmp_path)
    model = tmp_path / "mine.tflite"
    model.write_bytes(model.read_bytes()[:20_000])
    with pytest.raises(ModelInvalid, match="damaged"):
        engine("x", description)
