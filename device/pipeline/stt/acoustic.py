"""How the sounds of a language are modelled: pocketsphinx's own model, which is in its wheel."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.errors import EngineMissing, ModelMissing

LANGUAGES = ("en",)
"""Languages that the wheel of pocketsphinx has a model for."""


@dataclass(frozen=True, slots=True)
class AcousticModel:
    """A pocketsphinx model folder and its dictionary."""

    language: str
    """Two-letter code."""
    folder: Path
    dictionary: Path
    voice: str
    """espeak-ng voice that pronounces what the dictionary lacks."""

    @property
    def language_model(self) -> Path:
        """Ordinary speech, as an n-gram model."""
        return self.folder.parent / f"{self.folder.name}.lm.bin"


def acoustic_model(language: str) -> AcousticModel:
    """The model that serves a language; raises ModelMissing where there is none."""
    if reason := lacks_model(language):
        raise ModelMissing(reason)
    folder = Path(pocketsphinx().get_model_path("en-us"))
    return AcousticModel("en", folder / "en-us", folder / "cmudict-en-us.dict", "en-us")


def lacks_model(language: str) -> str:
    """What to do about a language that there is no model for; empty for one that there is."""
    if language.lower().replace("_", "-").split("-")[0] in LANGUAGES:
        return ""
    return (
        f"the command recogniser has an acoustic model for English only, not for {language!r}; "
        'add "whisper" to [stt] engines and set whisper_model to a multilingual one'
    )


def pocketsphinx() -> Any:
    """The package. Raises EngineMissing."""
    try:
        return importlib.import_module("pocketsphinx")
    except ImportError as error:
        raise EngineMissing(
            "pocketsphinx is not installed; run: pip install pocketsphinx"
        ) from error
