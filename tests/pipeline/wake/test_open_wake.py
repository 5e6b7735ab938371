import logging
from pathlib import Path

import pyopen_wakeword
import pytest
from pydantic import ValidationError

from device.audio.format import RATE
from device.config import WakeConfig, WakeWordConfig
from device.errors import AccessKeyMissing, EngineMissing, ModelInvalid, ModelMissing
from device.pipeline.wake import open_wake
from device.pipeline.wake.cascade import CascadeEngine
from device.pipeline.wake.microwakeword import MicroWakeWordEngine
from device.pipeline.wake.openwakeword import OpenWakeWordEngine
from tests.pipeline.wake.speech import PHRASES, one_breath
from tests.pipeline.wake.test_openwakeword import detections


def words(*names: str, **more: object) -> tuple[WakeWordConfig, ...]:
    return tuple(WakeWordConfig.model_validate({"name": name, **more}) for name in names)


def test_the_default_is_a_cascade_for_hey_jarvis() -> None:
    engine = open_wake(WakeConfig())
    assert isinstance(engine, CascadeEngine)
    assert dict(engine.thresholds) == {"hey_jarvis": 0.5}


@pytest.mark.parametrize("word", PHRASES)
def test_the_cascade_hears_each_word(word: str) -> None:
    clip = one_breath(word)
    stream = open_wake(WakeConfig(word=words(word))).open()
    heard = detections(stream, clip.samples)
    assert [d.word for d in heard] == [word]


def test_the_cascade_hears_several_words_at_once() -> None:
    stream = open_wake(WakeConfig(word=words(*PHRASES))).open()
    heard = [d.word for word in PHRASES for d in detections(stream, one_breath(word).samples)]
    assert heard == list(PHRASES)


def test_in_one_breath_the_command_begins_where_the_wake_word_ended() -> None:
    clip = one_breath("hey_jarvis")
    (heard,) = detections(open_wake(WakeConfig()).open(), clip.samples)
    assert abs(heard.end_sample - clip.wake_end) < 0.1 * RATE
    assert heard.end_sample < heard.at_sample


def test_engines_are_opened_by_name() -> None:
    assert isinstance(open_wake(WakeConfig(engine="openwakeword")), OpenWakeWordEngine)
    micro = open_wake(WakeConfig(engine="microwakeword"))
    assert isinstance(micro, MicroWakeWordEngine)
    assert dict(micro.thresholds) == {"hey_jarvis": 0.97}


def test_a_words_threshold_goes_before_the_general_one() -> None:
    config = WakeConfig(threshold=0.7, word=(*words("alexa"), *words("hey_jarvis", threshold=0.2)))
    assert dict(open_wake(config).thresholds) == {"alexa": 0.7, "hey_jarvis": 0.2}


def test_a_sensitivity_is_a_threshold_the_other_way_round() -> None:
    config = WakeConfig(threshold=0.7, word=words("alexa", sensitivity=0.8))
    assert dict(open_wake(config).thresholds) == {"alexa": pytest.approx(0.2)}
    with pytest.raises(ValidationError, match="not both"):
        words("alexa", sensitivity=0.8, threshold=0.2)


def test_a_word_named_twice_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="twice: alexa"):
        WakeConfig(word=words("alexa", "hey_jarvis", "alexa"))


def test_words_of_different_engines_listen_together() -> None:
    config = WakeConfig(word=(*words("hey_jarvis"), *words("alexa", engine="openwakeword")))
    engine = open_wake(config)
    assert set(engine.words) == {"hey_jarvis", "alexa"}
    stream = engine.open()
    for word in ("alexa", "hey_jarvis"):
        assert [d.word for d in detections(stream, one_breath(word).samples)] == [word]
    engine.set_threshold("alexa", 0.9)
    assert engine.thresholds["alexa"] == 0.9
    stream.close()


def test_no_words_at_all_is_a_speaker_that_wakes_by_button() -> None:
    engine = open_wake(WakeConfig(word=()))
    assert engine.words == ()
    assert engine.open().feed(one_breath().samples) is None


def test_porcupine_without_a_key_falls_back_when_told_to(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        engine = open_wake(WakeConfig(engine="porcupine", word=words("jarvis")))
    assert engine.words == ("hey_jarvis",)
    assert "wake-key-missing" in caplog.text


def test_fallback_keeps_the_words_that_the_cascade_knows() -> None:
    config = WakeConfig(engine="porcupine", word=words("alexa", "jarvis", threshold=0.3))
    assert dict(open_wake(config).thresholds) == {"alexa": 0.3}


def test_porcupine_without_a_key_is_an_error_when_not_told_to_fall_back() -> None:
    with pytest.raises(AccessKeyMissing):
        open_wake(WakeConfig(engine="porcupine", fallback=False, word=words("jarvis")))


def test_a_missing_custom_model_of_the_default_engine_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        open_wake(WakeConfig(word=(WakeWordConfig(path=tmp_path / "gone.tflite"),)))


def test_a_custom_model_in_the_cascade_is_gated_by_speech() -> None:
    model = Path(pyopen_wakeword.__file__).parent / "models" / "hey_jarvis.tflite"
    config = WakeConfig(word=(WakeWordConfig(name="computer", path=model),))
    heard = detections(open_wake(config).open(), one_breath().samples)
    assert [d.word for d in heard] == ["computer"]


def test_custom_onnx_models_explain_what_they_need(tmp_path: Path) -> None:
    model = tmp_path / "word.onnx"
    model.write_bytes(b"no model")
    config = WakeConfig(
        engine="openwakeword-onnx", fallback=False, word=(WakeWordConfig(path=model),)
    )
    with pytest.raises(
        (EngineMissing, ModelMissing, ModelInvalid), match=r"openwakeword|openWakeWord"
    ):
        open_wake(config)
    gone = WakeWordConfig(path=tmp_path / "gone.onnx")
    with pytest.raises(ModelMissing):
        open_wake(config.model_copy(update={"word": (gone,)}))
    with pytest.raises(ModelInvalid):
        open_wake(config.model_copy(update={"word": words("hey_jarvis")}))
