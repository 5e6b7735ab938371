"""Loads a converted Whisper from a local folder, and never from the network."""

import json
import os
from pathlib import Path
from typing import Any

from device.errors import EngineMissing, ModelInvalid, ModelMissing

_FILES = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_SPECIAL_TOKENS = ("<|startoftranscript|>", "<|endoftext|>", "<|notimestamps|>", "<|startofprev|>")
_INSTALL = "pip install 'faster-whisper>=1.2.1'"
_MIN_BYTES = 1_000


def load_whisper(folder: Path, compute_type: str = "int8", threads: int = 0) -> Any:
    """A faster_whisper.WhisperModel on the CPU; threads 0: one less than the cores.

    Raises EngineMissing, ModelMissing or ModelInvalid.
    """
    check_folder(folder)
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise EngineMissing(f"faster-whisper is not installed; {_INSTALL}") from error
    cores = os.cpu_count() or 1
    try:
        model = WhisperModel(
            str(folder),
            device="cpu",
            compute_type=compute_type,
            cpu_threads=threads or max(1, cores - 1),
            local_files_only=True,
        )
    except Exception as error:  # CTranslate2 and tokenizers raise bare RuntimeError and Exception
        raise ModelInvalid(f"{folder} cannot be loaded ({error}); fetch the model again") from error
    _check_parts(folder, model)
    return model


def check_folder(folder: Path) -> None:
    """Look at the files before a library does: one that is missing would be asked of the network.

    Raises ModelMissing or ModelInvalid.
    """
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    missing = [name for name in _FILES if name not in present]
    if not present.intersection(_VOCABULARIES):
        missing.append("vocabulary.json")
    if missing:
        raise ModelMissing(
            f"{folder} is not a whole Whisper model in CTranslate2 form: "
            f"{', '.join(missing)} missing; fetch the model again"
        )
    if (folder / "model.bin").stat().st_size < _MIN_BYTES:
        raise ModelInvalid(f"{folder / 'model.bin'} is cut short; fetch the model again")
    for name in (*_FILES[1:], "preprocessor_config.json"):
        if name in present:
            _check_json(folder / name)


def _check_json(path: Path) -> None:
    try:
        sound = isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        sound = False
    if not sound:
        raise ModelInvalid(f"{path} is damaged; fetch the model again")


def _check_parts(folder: Path, model: Any) -> None:
    absent = [token for token in _SPECIAL_TOKENS if model.hf_tokenizer.token_to_id(token) is None]
    if absent:
        raise ModelInvalid(
            f"{folder}/tokenizer.json is not Whisper's ({absent[0]} unknown); fetch the model again"
        )
    mels = len(model.feature_extractor.mel_filters)
    if mels != model.model.n_mels:
        raise ModelInvalid(
            f"{folder} wants {model.model.n_mels} mel bands and its preprocessor_config.json gives "
            f"{mels}; fetch the model again"
        )
