"""What an utterance could be other than a command: ordinary speech.

The language model in pocketsphinx's wheel, over the most frequent words, explains other speech
better than any command does, and a command about as well as the grammar does (general speech as
the alternative model: Weintraub, "LVCSR log-likelihood ratio scoring for keyword spotting",
ICASSP 1995).
"""

import re
from pathlib import Path
from typing import Any

from device.errors import ModelMissing
from device.pipeline.stt.acoustic import AcousticModel, pocketsphinx
from device.pipeline.stt.sphinx import Sphinx
from device.stored import content_hash, stored

VOCABULARY = 8_000
"""Words of ordinary speech."""

_SEARCH = {"maxhmmpf": 1_000, "maxwpf": 5, "fwdflat": False}
"""A coarse search: only how well the best path fits is asked, not which words it has."""
_VARIANT = re.compile(r"\(\d+\)$")


def open_speech(model: AcousticModel, cache: Path | None = None) -> Sphinx:
    """A decoder of ordinary speech. Raises EngineMissing or ModelMissing."""
    for file in (model.dictionary, model.language_model):
        if not file.is_file():
            raise ModelMissing(f"there is no {file}; install it with: pip install pocketsphinx")
    name = f"speech-{content_hash(str(model.dictionary), str(model.language_model), VOCABULARY)}"
    entries = stored(
        cache, name, lambda: _frequent(model.dictionary, model.language_model), read=_checked
    )
    dictionary = "\n".join([*entries, ""])
    return Sphinx(model.folder, dictionary, {"lm": str(model.language_model), **_SEARCH})


def _frequent(dictionary: Path, language_model: Path) -> list[str]:
    """Entries of the dictionary for the words that the language model expects most."""
    package = pocketsphinx()
    entries: dict[str, list[str]] = {}
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        entries.setdefault(_VARIANT.sub("", line.partition(" ")[0]), []).append(line)
    model = package.NGramModel(package.Config(), package.LogMath(), str(language_model))
    frequent = sorted(entries, key=lambda word: model.prob([word]), reverse=True)[:VOCABULARY]
    return [line for word in frequent for line in entries[word]]


def _checked(value: Any) -> list[str]:
    if not value or not all(isinstance(line, str) for line in value):
        raise ValueError("no list of dictionary entries")
    return list(value)
