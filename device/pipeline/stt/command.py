"""Understands the closed set of sentences that a home can be told, with no model download.

pocketsphinx searches a finite-state grammar (its en-us acoustic model is in the wheel). Beside it
a decoder of ordinary speech hears the same utterance: where that explains the sound much better,
it was no command.
"""

import importlib
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.audio.format import RATE, Samples
from device.errors import EngineMissing, ModelInvalid, ModelMissing
from device.executor import Executor
from device.folders import state_folder
from device.grammar import Grammar
from device.pipeline.stt.cepstra import WINDOW_SAMPLES, Cepstra, FrontEnd
from device.pipeline.stt.command_garbage import log_score, open_speech, speech_score, words_of
from device.pipeline.stt.command_graph import CommandGraph, command_graph
from device.pipeline.stt.command_score import Evidence, Word, confidence
from device.pipeline.stt.pronunciation import pronounce
from device.stored import content_hash, stored
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)

NAME = "command"
LEAST_SECONDS, MOST_SECONDS = 0.2, 20.0
"""Shorter sound holds no command, and no command is longer."""

_SEARCH = "command"
_BEAMS = {"beam": 1e-70, "wbeam": 1e-50, "pbeam": 1e-70, "maxhmmpf": 3000}
_PAUSES = {"silprob": 0.5, "fillprob": 1e-4}
"""The language weight makes pauses dear; a room is mostly pause."""
_LANGUAGE_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class AcousticModel:
    """A pocketsphinx model folder and its dictionary."""

    language: str
    """Two-letter code."""
    folder: Path
    dictionary: Path
    voice: str
    """espeak-ng voice that pronounces what the dictionary lacks."""


def acoustic_model(language: str) -> AcousticModel:
    """The model that serves a language; raises ModelMissing where there is none."""
    primary = language.lower().replace("_", "-").split("-")[0]
    if primary != "en":
        raise ModelMissing(
            f"the command recogniser has an acoustic model for English only, not for {language!r}; "
            'set [stt] engines = ["whisper"] for this language'
        )
    package = _pocketsphinx()
    folder = Path(package.get_model_path("en-us"))
    return AcousticModel("en", folder / "en-us", folder / "cmudict-en-us.dict", "en-us")


def open_command(
    executor: Executor, grammar: Callable[[], Grammar], language: str, threshold: float
) -> "CommandRecogniser":
    """The recogniser of one home; raises EngineMissing or ModelMissing."""
    model = acoustic_model(language)
    return CommandRecogniser(executor, grammar(), model, threshold, state_folder() / "cache")


class CommandRecogniser:
    """Hears which of the grammar's sentences was said."""

    def __init__(
        self,
        executor: Executor,
        grammar: Grammar,
        model: AcousticModel,
        threshold: float = 0.5,
        cache: Path | None = None,
    ) -> None:
        """`threshold` is the confidence (0 to 1) under which an utterance is no command."""
        if not grammar.arcs:
            raise ModelInvalid("there is no sentence that could be said; add entities to [home]")
        self._executor = executor
        self._threshold = threshold
        self._language = model.language
        self._decoder = _open_decoder(grammar, model, cache)
        self._speech = _open_speech(model, cache)
        self._hear = FrontEnd(model.folder)

    @property
    def name(self) -> str:
        """Engine name."""
        return NAME

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """The command that was said; empty text, with the confidence, when it was none."""
        heard = await self._executor.run(lambda: self.hear(samples))
        if heard.confidence >= self._threshold:
            return heard
        _LOGGER.debug("rejected %r at %.2f", heard.text, heard.confidence)
        return Transcript("", self._language, confidence=heard.confidence, engine=NAME)

    def hear(self, samples: Samples) -> Transcript:
        """The likeliest command whatever its confidence; computes in the caller's thread."""
        seconds = len(samples) / RATE
        evidence = self.weigh(samples) if LEAST_SECONDS <= seconds <= MOST_SECONDS else None
        if evidence is None:
            return Transcript("", self._language, confidence=0.0, engine=NAME)
        return Transcript(
            evidence.text, self._language, confidence=confidence(evidence), engine=NAME
        )

    def weigh(self, samples: Samples) -> Evidence | None:
        """What speaks for the likeliest command; None when neither it nor any words fit."""
        if len(samples) < WINDOW_SAMPLES or int(samples.max()) - int(samples.min()) < 2:
            return None
        heard = self._hear(samples)
        text, score, words = self._search(heard)
        if not text:
            return None
        rival = speech_score(self._speech, heard.vectors)
        return None if rival is None else Evidence(text, score, rival, words)

    def close(self) -> None:
        """Give the thread back; idempotent."""
        self._executor.close()

    def _search(self, heard: Cepstra) -> tuple[str, float, tuple[Word, ...]]:
        self._decoder.start_utt()
        self._decoder.process_cep(heard.vectors.tobytes(), full_utt=True)
        self._decoder.end_utt()
        best = self._decoder.hyp()
        if best is None or not best.hypstr:
            return "", 0.0, ()
        return best.hypstr, log_score(best.score), words_of(self._decoder)


def _open_decoder(grammar: Grammar, model: AcousticModel, cache: Path | None) -> Any:
    package = _pocketsphinx()
    if not (model.folder / "mdef").is_file():
        raise ModelMissing(f"there is no acoustic model in {model.folder}")
    said = _pronunciations(grammar, model, cache)
    with tempfile.TemporaryDirectory() as scratch:
        dictionary = Path(scratch) / "words.dict"
        dictionary.write_text(_dictionary(said), encoding="utf-8")
        decoder = package.Decoder(
            hmm=str(_plain_features(model.folder, Path(scratch))),
            dict=str(dictionary),
            lm=None,
            loglevel="FATAL",
            compallsen=True,
            bestpath=False,
            lw=_LANGUAGE_WEIGHT,
            **_BEAMS,
            **_PAUSES,
        )
        _add_grammar(decoder, command_graph(grammar))
        decoder.activate_search(_SEARCH)
    return decoder


def _open_speech(model: AcousticModel, cache: Path | None) -> Any:
    with tempfile.TemporaryDirectory() as scratch:
        features = _plain_features(model.folder, Path(scratch))
        language_model = model.folder.parent / "en-us.lm.bin"
        return open_speech(features, model.dictionary, language_model, cache)


def _pronunciations(
    grammar: Grammar, model: AcousticModel, cache: Path | None
) -> dict[str, list[str]]:
    words = sorted(grammar.words)
    name = f"words-{content_hash(words, str(model.dictionary), model.voice)}"
    return stored(
        cache, name, lambda: pronounce(words, model.dictionary, model.voice), read=_checked
    )


def _checked(value: Any) -> dict[str, list[str]]:
    if not all(isinstance(phones, list) and phones for phones in value.values()):
        raise ValueError("words without phones")
    return dict(value)


def _dictionary(said: dict[str, list[str]]) -> str:
    lines = []
    for word, ways in sorted(said.items()):
        for number, phones in enumerate(dict.fromkeys(ways), start=1):
            lines.append(f"{word}{f'({number})' if number > 1 else ''} {phones}\n")
    return "".join(lines)


def _plain_features(folder: Path, scratch: Path) -> Path:
    """The model without its own normalisation and noise removal, which `cepstra` does instead."""
    plain = scratch / "model"
    plain.mkdir()
    for file in folder.iterdir():
        if file.name != "feat.params":
            (plain / file.name).symlink_to(file.resolve())
    kept = (folder / "feat.params").read_text(encoding="utf-8").splitlines()
    kept = [line for line in kept if line.split()[:1] not in (["-cmn"], ["-remove_noise"])]
    (plain / "feat.params").write_text("\n".join([*kept, "-cmn none", "-remove_noise no", ""]))
    return plain


def _add_grammar(decoder: Any, graph: CommandGraph) -> None:
    steps = [
        (source, target, share, word) if word else (source, target, share)
        for source, target, share, word in graph.transitions
    ]
    decoder.add_fsg(_SEARCH, decoder.create_fsg(_SEARCH, graph.start, graph.final, steps))


def _pocketsphinx() -> Any:
    try:
        return importlib.import_module("pocketsphinx")
    except ImportError as error:
        raise EngineMissing(
            "pocketsphinx is not installed; run: pip install pocketsphinx"
        ) from error
