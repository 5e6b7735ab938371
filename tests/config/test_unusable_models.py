"""Models that are missing or damaged: the speaker does what it can, and says what is wrong."""

from pathlib import Path

import pytest

from benchmarks.scripted_whisper import make_whisper
from benchmarks.toy_piper import make_piper_voice
from device import events as e
from device.errors import ModelMissing
from device.health import State, told_of
from tests.config.story import Story, Values, says, silence, tell, types, words

LAMP = {"name": "kitchen light", "domain": "light", "preset": "zigbee2mqtt"}


def switched(values: Values) -> Story:
    command = words("turn on the kitchen light")
    return tell({"home": {"entity": [LAMP]}, **values}, says(silence(0.3), command))


def ill(story: Story) -> set[tuple[str, str]]:
    return {(one.part, one.code) for one in story.of(e.HealthChanged) if not one.healthy}


def test_without_its_models_it_still_switches_a_lamp_answers_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    story = switched({"stt": {"engines": ["whisper"]}, "tts": {"engine": "piper"}})
    assert story.the(e.ActionRequested).entity.endswith("kitchen_light")
    assert story.the(e.FinalTranscript).engine == "command"
    assert story.said.any()
    assert ill(story) == {("recogniser", "model-missing"), ("voice", "model-missing")}


def test_damaged_models_are_done_without_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    make_piper_voice(tmp_path)
    for file in tmp_path.rglob("*.onnx"):
        file.write_bytes(b"nothing of a voice")
    whisper = make_whisper(tmp_path / "w", "hello")
    (whisper / "model.bin").write_bytes(b"nothing of a model")
    stt = {"engines": ["whisper"], "whisper_model": str(whisper)}
    story = switched({"stt": stt, "tts": {"engine": "piper"}})
    assert story.the(e.ActionRequested).entity.endswith("kitchen_light")
    assert ill(story) == {("recogniser", "model-invalid"), ("voice", "model-invalid")}


def test_the_other_engines_understand_what_they_can_while_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    story = switched({"stt": {"engines": ["command", "whisper"]}})
    assert story.the(e.ActionRequested).entity.endswith("kitchen_light")
    assert ill(story) == {("recogniser", "model-missing")}


def test_a_language_that_nobody_else_understands_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    config = {"device": {"language": "de"}, "stt": {"engines": ["whisper"]}}
    story = tell(config, types("wie viel Uhr ist es"))
    assert story.replies[0].startswith("Es ist")
    assert ill(story) == {("recogniser", "model-missing")}
    spoken = tell(config, says(silence(0.3), words("wie viel uhr ist es")))
    assert spoken.of(e.StageFailed)[0].code == ModelMissing.code


def test_what_is_told_of_it_names_what_to_run() -> None:
    told = told_of(e.HealthChanged(part="voice", healthy=False, code="model-invalid"))["voice"]
    assert told.state is State.FAILED
    assert told.message.startswith("the voice has a damaged model")
    assert told.message.endswith("parlor models verify")
