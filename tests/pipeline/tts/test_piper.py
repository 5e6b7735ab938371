import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.toy_piper import SAMPLES_A_PHONEME, make_piper_voice
from device.audio.chunk import AudioChunk
from device.clock import run_virtual
from device.config import TtsConfig
from device.errors import EngineError, ModelInvalid, ModelMissing
from device.executor import InlineExecutor
from device.pipeline.tts import open_tts
from device.pipeline.tts.piper import PiperTts, find_voice
from device.pipeline.tts.prosody import Prosody

pytest.importorskip("piper", reason="piper-tts is not installed: pip install piper-tts")
pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("voices")
    make_piper_voice(place / "piper", "en_US-toy-low")
    make_piper_voice(place, "de_DE-toy-low", espeak={"voice": "de"})
    return place


def tts(folder: Path, voice: str = "en_US-toy-low", prosody: Prosody | None = None) -> PiperTts:
    return PiperTts(InlineExecutor(), "en", voice, prosody, [folder])


def said(engine: PiperTts, text: str) -> list[AudioChunk]:
    async def collect() -> list[AudioChunk]:
        return [chunk async for chunk in engine.synthesize(text)]

    return run_virtual(collect())


def test_every_sentence_is_a_chunk_of_its_own(folder: Path) -> None:
    chunks = said(tts(folder), "The light is on. The door is shut! Is it late?")
    assert len(chunks) == 3
    assert {(c.format.rate, c.format.width, c.format.channels) for c in chunks} == {(16_000, 2, 1)}
    assert all(np.abs(chunk.pcm().astype(int)).max() > 20_000 for chunk in chunks)


def test_length_follows_the_phonemes_and_the_rate(folder: Path) -> None:
    (normal,) = said(tts(folder), "Kitchen light.")
    assert normal.samples % SAMPLES_A_PHONEME == 0
    assert normal.samples > 20 * SAMPLES_A_PHONEME
    (fast,) = said(tts(folder, prosody=Prosody(rate=2)), "Kitchen light.")
    assert fast.samples * 2 == normal.samples


def test_volume_scales_the_sound(folder: Path) -> None:
    (loud,) = said(tts(folder), "Light.")
    (quiet,) = said(tts(folder, prosody=Prosody(volume=0.25)), "Light.")
    assert quiet.pcm().astype(float).std() == pytest.approx(
        loud.pcm().astype(float).std() / 4, rel=0.01
    )


def test_a_pitch_it_cannot_do_is_reported(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    tts(folder, prosody=Prosody(pitch=0.5))
    assert "cannot change the pitch" in caplog.text


def test_a_voice_is_found_by_name_by_path_and_by_language(folder: Path) -> None:
    assert tts(folder).voice.name == "en_US-toy-low"
    assert tts(folder, str(folder / "de_DE-toy-low.onnx")).voice.language == "de"
    for language in ("de", "de-DE", "de-AT"):
        german = PiperTts(InlineExecutor(), language, "", None, [folder])
        assert german.voice.name == "de_DE-toy-low"


def test_warm_up_makes_no_sound_and_nothing_is_said_for_no_text(folder: Path) -> None:
    engine = tts(folder)
    run_virtual(engine.warm_up())
    assert said(engine, " \x00\n ") == []


def test_phonemes_in_brackets_are_text_not_a_command(folder: Path) -> None:
    engine = tts(folder)
    assert said(engine, "[[aaa]]") == said(engine, "[ [aaa]]")


@pytest.mark.parametrize("voice", ["", "fr_FR-none-low", "/no/such/voice.onnx"])
def test_a_voice_that_is_not_there_says_where_it_was_looked_for(tmp_path: Path, voice: str) -> None:
    with pytest.raises(ModelMissing, match=r'set \[tts\] engine = "espeak"'):
        tts(tmp_path, voice)


@pytest.mark.parametrize("voice", ["", "fr_FR-siwis-medium"])
def test_a_voice_that_can_be_fetched_is_told_with_the_command(tmp_path: Path, voice: str) -> None:
    command = "run: sudo parlor models fetch fr_FR-siwis-medium .*licence: CC BY 4.0"
    with pytest.raises(ModelMissing, match=command):
        find_voice(voice, "fr", [tmp_path])


@pytest.mark.parametrize("damage", [b"", b"not a model", b"\x08\x07" * 500])
def test_a_damaged_model_is_refused(tmp_path: Path, damage: bytes) -> None:
    make_piper_voice(tmp_path).write_bytes(damage)
    with pytest.raises(ModelInvalid, match="fetch the voice again"):
        tts(tmp_path)


def test_a_missing_or_damaged_description_is_refused(tmp_path: Path) -> None:
    path = make_piper_voice(tmp_path)
    for damage in ("", "[]", '{"audio": {}}'):
        path.with_name(path.name + ".json").write_text(damage)
        with pytest.raises(ModelInvalid, match="does not describe a Piper voice"):
            tts(tmp_path, str(path))


def test_an_incomplete_description_is_refused(tmp_path: Path) -> None:
    path = make_piper_voice(tmp_path)
    description = path.with_name(path.name + ".json")
    facts = json.loads(description.read_text())
    del facts["phoneme_id_map"]
    description.write_text(json.dumps(facts))
    with pytest.raises(ModelInvalid, match="fetch the voice again"):
        tts(tmp_path, str(path))


def test_another_kind_of_onnx_model_is_refused(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    path = make_piper_voice(tmp_path)
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [value], [other])
    opset = [helper.make_opsetid("", 17)]
    path.write_bytes(
        helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
    )
    with pytest.raises(ModelInvalid, match="no Piper voice"):
        tts(tmp_path)


def test_a_chinese_voice_without_its_reading_data_does_not_reach_for_the_net(
    tmp_path: Path,
) -> None:
    make_piper_voice(tmp_path, phoneme_type="pinyin")
    with pytest.raises(ModelInvalid, match="offline"):
        tts(tmp_path)


def test_a_voice_whose_language_data_is_missing_fails_with_a_message(tmp_path: Path) -> None:
    make_piper_voice(tmp_path, espeak={"voice": "no-such-language"})
    with pytest.raises(EngineError, match="try another voice"):
        said(tts(tmp_path), "Hello.")


def test_the_configured_piper_voice_is_opened_and_remembers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLOR_MODELS", str(folder))

    async def flow() -> None:
        speaker = open_tts(TtsConfig(engine="piper", voice="en_US-toy-low"))
        await speaker.warm_up()
        for _ in range(2):
            assert [chunk async for chunk in speaker.synthesize("Done.")]
        assert (speaker.hits, speaker.voice.engine) == (1, "piper")
        speaker.close()

    run_virtual(flow())
