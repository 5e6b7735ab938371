import shutil
from pathlib import Path

import pytest

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")

from benchmarks.scripted_whisper import make_whisper
from device.errors import ModelInvalid, ModelMissing
from device.pipeline.stt.whisper_model import load_whisper


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("whole"), "hello <|endoftext|>")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "model"))


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_missing_file_is_named_and_not_asked_of_the_network(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=name):
        load_whisper(folder)


def test_a_file_where_a_folder_belongs_is_refused(folder: Path) -> None:
    with pytest.raises(ModelMissing, match="not a whole Whisper model"):
        load_whisper(folder / "model.bin")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "preprocessor_config.json"])
@pytest.mark.parametrize("damage", ["", "{", "[]", "\x00\xff"])
def test_damaged_json_is_refused(folder: Path, name: str, damage: str) -> None:
    (folder / name).write_bytes(damage.encode("latin-1"))
    with pytest.raises(ModelInvalid, match="fetch the model again"):
        load_whisper(folder)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_weights_cut_short_are_refused(folder: Path, share: float) -> None:
    weights = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(weights[: int(len(weights) * share)])
    with pytest.raises(ModelInvalid, match="fetch the model again"):
        load_whisper(folder)


def test_garbage_for_weights_is_refused(folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"\xff" * 100_000)
    with pytest.raises(ModelInvalid):
        load_whisper(folder)


def test_a_tokenizer_of_another_model_is_refused(folder: Path) -> None:
    from tokenizers import Tokenizer, models

    Tokenizer(models.BPE({"a": 0}, [])).save(str(folder / "tokenizer.json"))
    with pytest.raises(ModelInvalid, match="not Whisper's"):
        load_whisper(folder)


def test_features_of_another_size_are_refused(folder: Path) -> None:
    (folder / "preprocessor_config.json").write_text('{"feature_size": 128}')
    with pytest.raises(ModelInvalid, match="mel bands"):
        load_whisper(folder)


def test_a_model_of_another_kind_is_refused(folder: Path) -> None:
    weights = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(weights.replace(b"WhisperSpec", b"MarianXSpec", 1))
    with pytest.raises(ModelInvalid, match="cannot be loaded"):
        load_whisper(folder)
