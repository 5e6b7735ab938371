"""`parlor bench correction`: open transcripts read as the names of the home.

recorded, generated   pocketsphinx with its own n-gram model of ordinary English hears commands
                      that name something, and speech that is no command; the errors are its own
respelled             one word of a name is another word that differs in one phone at most: made-up
                      errors, as a good recogniser makes them; and what people say that is no
                      command, word for word

Counted is what the correction makes of sentences that were not understood, and whether it leaves
alone those that were.
"""

import itertools
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from benchmarks import command_corpus
from benchmarks.commands import COMMAND_SETS, HOME, without_remarks
from benchmarks.home_sentences import Sampler
from benchmarks.recordings import recordings
from benchmarks.report import Figure, Report, wilson
from device.audio.files import read_sound
from device.audio.format import Samples
from device.config_file import load
from device.conversation.correcting import Correcting
from device.dialog.agent import LocalAgent
from device.dialog.sense import Meaning, Sense
from device.executor import InlineExecutor
from device.home.entities import load_devices
from device.home.home import Home
from device.pipeline.stt.acoustic import acoustic_model, pocketsphinx
from device.pipeline.stt.pronunciation import PHONES, pronounce
from device.pipeline.stt.sounding import Sounding
from device.types import Entity, Transcript

_SEED: Final = 20_261_121
_OTHER_SETS: Final = ("speech_stt", "digits_words", "neg_other_wakewords", "cmd_coffee_en")
_LONGEST_SECONDS: Final = 10.0
_NAMING_SLOTS: Final = frozenset({"name", "area", "floor"})
_QUICK_SECONDS: Final = 75.0
"""Recordings and generated sentences are heard for so long each."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One sentence, as it was heard and as it was read then."""

    wanted: Meaning | None
    """None: it is no command of this home."""
    before: Meaning | None
    after: Meaning | None
    work_seconds: float
    """CPU time of the correction."""

    @property
    def understood(self) -> bool:
        """Whether something could be done without a correction."""
        return self.before is not None and self.before.possible

    @property
    def changed(self) -> bool:
        """Whether it means something else with it."""
        return self.after != self.before


@dataclass(frozen=True, slots=True)
class _Home:
    sense: Sense
    correcting: Correcting


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure; full hears every recording and 400 generated sentences of each kind."""
    figures = []
    count = 400 if full else 120
    sources = {
        "recorded": _recorded(config),
        "generated": _generated(count),
        "respelled": _respelled(count),
    }
    for name, source in sources.items():
        trials = list(_until(_QUICK_SECONDS, source) if quick else source)
        figures += _figures(name, trials)
    return Report("correction", figures)


def _figures(source: str, trials: list[Tried]) -> list[Figure]:
    lost = [one for one in trials if one.wanted is not None and not one.understood]
    others = [one for one in trials if one.wanted is None and not one.understood]
    right = [one for one in trials if one.understood]
    mended = [one.after == one.wanted for one in lost]
    mistaken = [one.changed and one.after != one.wanted for one in lost]
    figures = [
        _share(f"mended_{source}", mended, "higher"),
        _share(f"mistaken_{source}", mistaken, "lower"),
        _share(f"others_made_commands_{source}", [one.changed for one in others], "lower"),
        _share(f"understood_and_changed_{source}", [one.changed for one in right], "lower", 0.0),
    ]
    times = sorted(one.work_seconds for one in (*lost, *others))
    if times:
        median = times[len(times) // 2] * 1000
        figures.append(Figure(f"correction_p50_{source}", median, "ms CPU", "lower", len(times)))
    return [figure for figure in figures if figure.n]


def _share(
    name: str, outcomes: list[bool], better: Literal["lower", "higher"], target: float | None = None
) -> Figure:
    low, high = wilson(sum(outcomes), len(outcomes))
    value = 100 * sum(outcomes) / max(1, len(outcomes))
    return Figure(
        name, value, "%", better, len(outcomes), target, interval=(100 * low, 100 * high)
    )  # fmt: skip


def _recorded(config: Path | None) -> Iterator[Tried]:
    """Recorded commands of the bench's home, then other English speech, in turn."""
    loaded = load(config or HOME)
    home = _home([device.entity for device in load_devices(loaded.home.entity)])
    hear = _open_vocabulary()
    commands = list(recordings(*COMMAND_SETS, language="en"))
    others = [one for one in recordings(*_OTHER_SETS, language="en")
              if one.seconds <= _LONGEST_SECONDS]  # fmt: skip
    for recording in _in_turn(commands, others):
        label = without_remarks(recording.label) if recording.set in COMMAND_SETS else ""
        yield from _try(home, label, hear(read_sound(recording.path)))


def _generated(count: int) -> Iterator[Tried]:
    """Generated sentences of six homes, and what is none, in random rooms and voices."""
    homes = [_home(templates.entities) for templates in command_corpus.homes()]
    hear = _open_vocabulary()
    commands = command_corpus.commands(count, _SEED)
    others = command_corpus.others(count, _SEED)
    for said in _in_turn(commands, others):
        label = said.text if said.kind == "command" else ""
        yield from _try(homes[said.home], label, hear(said.samples))


def _respelled(count: int) -> Iterator[Tried]:
    """Commands in which a word of a name is another, and phrases that are no commands."""
    chance, neighbours = random.Random(_SEED), Neighbours()
    for number, templates in enumerate(command_corpus.homes()):
        home = _home(templates.entities)
        drawn = Sampler(templates, _SEED + number).sentences(count)
        for text in (meant.text for meant in drawn):
            words = text.split()
            known = {word for name in home.sense.names("en") for word in name.casefold().split()}
            places = [at for at, word in enumerate(words) if word.casefold() in known]
            options = [(at, other) for at in places for other in neighbours(words[at])]
            if options:
                at, other = chance.choice(options)
                yield from _try(home, text, " ".join([*words[:at], other, *words[at + 1 :]]))
        for text in command_corpus.phrases("en"):
            yield from _try(home, "", text)


class Neighbours:
    """Words of the dictionary that sound nearly like a word."""

    def __init__(self) -> None:
        dictionary = acoustic_model("en").dictionary
        words = {line.partition(" ")[0] for line in dictionary.read_text("utf-8").splitlines()}
        said = pronounce((word for word in words if word.isalpha()), dictionary, "en-us")
        self._ways = {word: [tuple(way.split()) for way in ways] for word, ways in said.items()}
        self._words: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for word, ways in self._ways.items():
            for way in ways:
                self._words[way].add(word)

    def __call__(self, word: str) -> list[str]:
        """Those of which a phone at most differs, is missing or is too much."""
        own = word.casefold()
        ways = [way for said in self._ways.get(own, ()) for way in _one_apart(said)]
        return sorted({other for way in ways for other in self._words.get(way, ())} - {own})


def _one_apart(way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield way
    for at in range(len(way)):
        yield way[:at] + way[at + 1 :]
    for at, phone in itertools.product(range(len(way) + 1), PHONES):
        yield (*way[:at], phone, *way[at:])
        yield (*way[:at], phone, *way[at + 1 :])


def _try(home: _Home, label: str, heard: str) -> Iterator[Tried]:
    """What became of a sentence, where it names something or is no command."""
    wanted = home.sense.meaning(label, "en") if label else None
    if label and (wanted is None or not _NAMING_SLOTS & wanted.intent.slots.keys()):
        return
    if not heard:
        return
    began = time.process_time()
    read = home.correcting.read(Transcript(heard, engine="open"))
    worked = time.process_time() - began
    before, after = (home.sense.meaning(text, "en") for text in (heard, read.text))
    yield Tried(wanted, before, after, worked)


def _home(entities: Sequence[Entity]) -> _Home:
    sense = Sense(LocalAgent(entities, Home([]), language="en"))
    correcting = Correcting(sense, Sounding(), InlineExecutor())
    return _Home(sense, correcting)


def _open_vocabulary() -> Callable[[Samples], str]:
    # Its first pass alone: several times faster, and what it gets wrong is all the better here.
    decoder: Any = pocketsphinx().Decoder(loglevel="FATAL", fwdflat=False, bestpath=False)

    def hear(samples: Samples) -> str:
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return found.hypstr if found else ""

    return hear


def _in_turn(*sources: Any) -> Iterator[Any]:
    for several in itertools.zip_longest(*sources):
        yield from (one for one in several if one is not None)


def _until(seconds: float, source: Iterator[Tried]) -> Iterator[Tried]:
    deadline = time.monotonic() + seconds
    for one in source:
        yield one
        if time.monotonic() > deadline:
            return
