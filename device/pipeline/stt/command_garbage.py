"""What an utterance could be other than a command: ordinary speech.

The language model in pocketsphinx's wheel, over the most frequent words, explains other speech
better than any command does, and a command about as well as the grammar does (general speech as
the alternative model: Weintraub, "LVCSR log-likelihood ratio scoring for keyword spotting",
ICASSP 1995).
"""

import importlib
import math
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from device.errors import EngineMissing, ModelMissing
from device.pipeline.stt.command_score import Word
from device.stored import content_hash, stored

VOCABULARY = 8_000
"""Words of ordinary speech."""

_LOGBASE = 1.0001
_SEARCH = {"maxhmmpf": 1_000, "maxwpf": 5, "fwdflat": False, "bestpath": False}
"""A coarse search: only how well the best path fits is asked, not which words it has."""
_VARIANT = re.compile(r"\(\d+\)$")


def open_speech(
    features: Path, dictionary: Path, language_model: Path, cache: Path | None = None
) -> Any:
    """A decoder of ordinary speech; `features` is the folder of the acoustic model.

    Raises EngineMissing or ModelMissing.
    """
    package = _pocketsphinx()
    for file in (dictionary, language_model):
        if not file.is_file():
            raise ModelMissing(f"there is no {file}; install it with: pip install pocketsphinx")
    name = f"speech-{content_hash(str(dictionary), str(language_model), VOCABULARY)}"
    entries = stored(
        cache, name, lambda: _frequent(package, dictionary, language_model), read=_checked
    )
    with tempfile.TemporaryDirectory() as scratch:
        words = Path(scratch) / "speech.dict"
        words.write_text("\n".join([*entries, ""]), encoding="utf-8")
        return package.Decoder(
            hmm=str(features),
            dict=str(words),
            lm=str(language_model),
            loglevel="FATAL",
            compallsen=True,
            **_SEARCH,
        )


def speech_score(decoder: Any, vectors: npt.NDArray[np.float32]) -> float | None:
    """Log score of the best string of ordinary words, None where no words fit: no speech at all.

    `vectors` are cepstra, shape (n, 13).
    """
    decoder.start_utt()
    decoder.process_cep(vectors.tobytes(), full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    return None if best is None else log_score(best.score)


def log_score(probability: float) -> float:
    """A decoder's probability in its own unit, the logarithm to base 1.0001."""
    return math.log(max(probability, 1e-300)) / math.log(_LOGBASE)


def words_of(decoder: Any) -> tuple[Word, ...]:
    """Words and pauses of the best path of a decoder's last utterance."""
    return tuple(
        Word(
            segment.word,
            segment.end_frame - segment.start_frame + 1,
            log_score(segment.ascore),
        )
        for segment in decoder.seg()
    )


def _frequent(package: Any, dictionary: Path, language_model: Path) -> list[str]:
    """Entries of the dictionary for the words that the language model expects most."""
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


def _pocketsphinx() -> Any:
    try:
        return importlib.import_module("pocketsphinx")
    except ImportError as error:
        raise EngineMissing(
            "pocketsphinx is not installed; run: pip install pocketsphinx"
        ) from error
