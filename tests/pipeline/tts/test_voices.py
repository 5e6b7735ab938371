import json
import shutil
from pathlib import Path

import pytest

from device.clock import run_virtual
from device.config import TtsConfig
from device.errors import EngineError, EngineMissing
from device.pipeline.tts import open_tts
from device.pipeline.tts.voices import espeak_voices, list_voices, piper_voices

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed: apt install espeak-ng"
)


def _voice_files(folder: Path, name: str, facts: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(b"weights")
    description = folder / f"{name}.onnx.json"
    description.write_text(facts if isinstance(facts, str) else json.dumps(facts))
    return description


@needs_espeak
def test_espeak_voices_have_language_rate_and_licence() -> None:
    voices = {voice.name: voice for voice in espeak_voices()}
    assert {"de", "en-us", "cmn"} <= voices.keys()
    assert voices["de"].rate == 22_050
    assert voices["de"].licence.startswith("GPL")


def test_a_piper_voice_without_a_card_has_the_licence_of_its_manifest(tmp_path: Path) -> None:
    facts = {"audio": {"sample_rate": 22_050}, "espeak": {"voice": "ko"}}
    _voice_files(tmp_path, "ko_KR-kss-medium", facts)
    (voice,) = piper_voices([tmp_path])
    assert voice.licence == "CC BY-NC-SA 4.0"


@needs_espeak
def test_a_language_also_finds_its_regions_but_not_the_other_way_round() -> None:
    english = {voice.language for voice in list_voices("espeak", "en")}
    assert "en-us" in english
    assert "de" not in english
    assert {voice.language for voice in list_voices("espeak", "en-US")} == {"en-us", "en-us-nyc"}


@needs_espeak
@pytest.mark.parametrize("language", ["en", "zh", "zh-CN", "ja", "ko", "de", "fr", "es"])
def test_every_language_of_ours_has_a_voice_without_download(language: str) -> None:
    own = list_voices("espeak", language.split("-")[0])
    name = open_tts(TtsConfig(), language).voice.name

    assert any(voice.name.startswith(name) for voice in own)


def test_piper_voices_are_found_with_their_licence_and_damaged_ones_left_out(
    tmp_path: Path,
) -> None:
    good = {"audio": {"sample_rate": 22_050}, "espeak": {"voice": "en-us"}}
    _voice_files(tmp_path / "piper" / "en_US-a-low", "en_US-a-low", good)
    (tmp_path / "piper" / "en_US-a-low" / "MODEL_CARD").write_text("* License: CC BY 4.0\n")
    _voice_files(tmp_path, "de_DE-b-low", {**good, "language": {"code": "de_DE"}})
    _voice_files(tmp_path, "damaged", "{not json")
    _voice_files(tmp_path, "list", [])
    _voice_files(tmp_path, "no-weights", good).with_suffix("").unlink()
    found = {voice.name: voice for voice in piper_voices([tmp_path, tmp_path / "missing"])}
    assert found.keys() == {"en_US-a-low", "de_DE-b-low"}
    assert found["en_US-a-low"].licence == "CC BY 4.0"
    assert found["de_DE-b-low"].language == "de-DE"
    assert "MODEL_CARD" in found["de_DE-b-low"].licence
    assert [v.name for v in list_voices("piper", "de", [tmp_path])] == ["de_DE-b-low"]


def test_an_unknown_engine_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(EngineError, match="espeak, piper"):
        list_voices("siri")


def test_listing_a_missing_program_names_its_package() -> None:
    with pytest.raises(EngineMissing, match="apt install"):
        espeak_voices("no-such-program")


@needs_espeak
def test_the_configured_voice_speaks_and_remembers() -> None:
    async def flow() -> None:
        tts = open_tts(TtsConfig(rate=1.5), "de")
        await tts.warm_up()
        assert tts.voice.language == "de"
        for _ in range(2):
            assert [chunk async for chunk in tts.synthesize("Guten Tag.")]
        assert tts.hits == 1
        tts.close()

    run_virtual(flow())
