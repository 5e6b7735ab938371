"""Understands the closed set of sentences that a home can be told, with no model download.

pocketsphinx searches a finite-state grammar (its en-us acoustic model is in the wheel). Beside it
a decoder of ordinary speech hears the same utterance: where that explains the sound much better,
it was no command. Where only a few phrases are expected, it listens for nothing else.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from device.audio.format import RATE, Samples
from device.cores import Work
from device.executor import Executor, open_executor
from device.folders import cache_folder
from device.grammar import Grammar
from device.pipeline.stt.acoustic import AcousticModel, acoustic_model
from device.pipeline.stt.aside import aside
from device.pipeline.stt.cepstra import WINDOW_SAMPLES, FrontEnd
from device.pipeline.stt.command_end import over
from device.pipeline.stt.command_garbage import open_speech
from device.pipeline.stt.command_score import COMMANDS, PHRASES, Evidence, confidence
from device.pipeline.stt.command_stream import CommandStream
from device.pipeline.stt.command_texts import CommandTexts, command_texts
from device.pipeline.stt.phrases import contained, phrase_grammar
from device.pipeline.stt.sphinx import Sphinx
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)

NAME = "command"
LEAST_SECONDS, MOST_SECONDS = 0.2, 20.0
"""Shorter sound holds no command, and no command is longer."""

_BEAMS = {"beam": 1e-70, "wbeam": 1e-50, "pbeam": 1e-70, "maxhmmpf": 3000}
_PAUSES = {"silprob": 0.5**4, "fillprob": 1e-16}
_LANGUAGE_WEIGHT = 4.0
"""Of the word insertion penalty."""
_CLOSE = 0.15
"""So near to the threshold a sentence is heard again as a whole."""
_PHRASE_SEARCHES = 4
"""So many sets of phrases are kept ready."""


def open_command(
    executor: Executor, grammar: Callable[[], Grammar], language: str, threshold: float
) -> "CommandRecogniser":
    """The recogniser of one home; raises EngineMissing or ModelMissing."""
    model = acoustic_model(language)
    return CommandRecogniser(executor, grammar(), model, threshold, cache_folder())


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
        self._executor = executor
        self._threshold = threshold
        self._model = model
        self._cache = cache
        texts = command_texts(grammar, model, cache)
        self._courtesies = texts.courtesies
        self._search = _open_search(model, texts)
        self._phrase_searches: OrderedDict[tuple[str, ...], Sphinx | None] = OrderedDict()
        self._speech = open_speech(model, cache)
        self._hear = FrontEnd(model.folder)

    @property
    def name(self) -> str:
        """Engine name."""
        return NAME

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """The command or phrase that was said; empty text, with the confidence, when none was."""
        return self.accepted(await self._executor.run(lambda: self.hear(samples, phrases)))

    def open(self, words: bool = True, language: str | None = None) -> "CommandListening":
        """Hear one sentence while it is said; `words`: and tell which so far."""
        return CommandListening(self, self._executor, words)

    def accepted(self, heard: Transcript) -> Transcript:
        """The same, with an empty text where it is too unsure."""
        if heard.confidence >= self._threshold:
            return heard
        _LOGGER.debug("rejected %r at %.2f", heard.text, heard.confidence)
        return replace(heard, text="")

    def stream(self, words: bool = True) -> CommandStream:
        """The same in the caller's thread, for `conclude`."""
        return CommandStream(self._hear, lambda: self._search, self._speech, words=words)

    def conclude(self, stream: CommandStream, samples: Samples) -> Transcript:
        """What `hear` makes of a sentence that `stream` has followed, mostly sooner."""
        evidence = stream.finish(samples) if len(samples) <= MOST_SECONDS * RATE else None
        heard = self._judged(evidence) if evidence is not None else None
        if heard is None or abs(heard.confidence - self._threshold) < _CLOSE:
            return self.hear(samples)
        return heard

    async def adopt(self, grammar: Callable[[], Grammar], names: Sequence[str] = ()) -> None:
        """Listen for another grammar from now on; what is being heard is heard with the old one.

        `grammar` is called in another process, so it must be picklable; the names are part of it.
        Raises EngineError, and then nothing has changed.
        """
        texts = await aside(partial(_texts_of, grammar, self._model, self._cache))
        builder = open_executor("stt-build", Work.BACKGROUND)
        try:
            search = await builder.run(lambda: _open_search(self._model, texts))
        finally:
            builder.close()
        await self._executor.run(lambda: self._swap(search, texts.courtesies))

    def hear(self, samples: Samples, phrases: tuple[str, ...] = ()) -> Transcript:
        """The likeliest command whatever its confidence; computes in the caller's thread."""
        seconds = len(samples) / RATE
        within = LEAST_SECONDS <= seconds <= MOST_SECONDS
        evidence = self.weigh(samples, phrases) if within else None
        if evidence is None:
            return Transcript("", self._model.language, confidence=0.0, engine=NAME)
        return self._judged(evidence, phrases)

    def _judged(self, evidence: Evidence, phrases: tuple[str, ...] = ()) -> Transcript:
        text = contained(evidence.text, phrases) if phrases else evidence.text
        sure = confidence(evidence, PHRASES if phrases else COMMANDS)
        # A phrase that was expected is not the beginning of anything else that is known.
        ended = None if phrases else over(evidence.text, evidence.lead)
        return Transcript(text, self._model.language, confidence=sure, engine=NAME, over=ended)

    def weigh(self, samples: Samples, phrases: tuple[str, ...] = ()) -> Evidence | None:
        """What speaks for the likeliest command; None when neither it nor any words fit."""
        if len(samples) < WINDOW_SAMPLES or int(samples.max()) - int(samples.min()) < 2:
            return None
        search = self._phrase_search(phrases) if phrases else self._search
        vectors = self._hear(samples).vectors
        best = search.hear(vectors) if search else None
        rival = self._speech.hear(vectors) if best else None
        if best is None or rival is None:
            return None
        return Evidence(best.text, best.score, rival.score, best.words, best.lead)

    def close(self) -> None:
        """Give the thread back; idempotent."""
        self._executor.close()

    def _swap(self, search: Sphinx, courtesies: tuple[str, ...]) -> None:
        old, self._search = self._search, search
        self._courtesies = courtesies
        old.close()

    def _phrase_search(self, phrases: tuple[str, ...]) -> Sphinx | None:
        """A search for these phrases; None when none of them can be said."""
        kept = self._phrase_searches
        if phrases not in kept:
            # "Stop please" is said, but "would you no" is not, and it fits much other speech.
            courtesies = tuple(one for one in self._courtesies if " " not in one)
            grammar = phrase_grammar(phrases, self._model.language, courtesies)
            texts = command_texts(grammar, self._model, None) if grammar.arcs else None
            kept[phrases] = _open_search(self._model, texts) if texts else None
        kept.move_to_end(phrases)
        while len(kept) > _PHRASE_SEARCHES:
            kept.popitem(last=False)
        return kept[phrases]


class CommandListening:
    """One sentence, heard in the recogniser's own thread while it is said."""

    def __init__(self, recogniser: CommandRecogniser, executor: Executor, words: bool) -> None:
        self._recogniser = recogniser
        self._executor = executor
        self._stream = recogniser.stream(words)
        self._begins = ""

    async def follow(self, samples: Samples) -> str:
        """Take the sentence so far, shape (n,), and tell what it seems to begin with.

        Somebody else's whole sentence goes first: meanwhile it is not followed.
        """
        if not self._executor.busy:
            self._begins = await self._executor.run(partial(self._stream.follow, samples))
        return self._begins

    async def finish(self, samples: Samples) -> Transcript:
        """The command that was said; empty text, with the confidence, when none was."""
        conclude = partial(self._recogniser.conclude, self._stream, samples)
        return self._recogniser.accepted(await self._executor.run(conclude))


def _texts_of(
    grammar: Callable[[], Grammar], model: AcousticModel, cache: Path | None
) -> CommandTexts:
    return command_texts(grammar(), model, cache)


def _open_search(model: AcousticModel, texts: CommandTexts) -> Sphinx:
    settings = {"lw": _LANGUAGE_WEIGHT, **_BEAMS, **_PAUSES}
    return Sphinx(model.folder, texts.dictionary, settings, texts.graph)
