"""Hears an utterance once, so that any rule of endpointing can be tried on what was heard.

Where pauses begin depends on no rule, so the recogniser is asked once about each of them. It
follows the sentence as the speaker's own does; what it has computed, in seconds of the processor,
is booked as audio time, so its verdict comes as much later as it was not done at the pause.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from benchmarks.endpoint_corpus import Half, Hesitant, places
from device.audio.format import RATE, SAMPLES_PER_MS, Samples
from device.config import Config, VadConfig
from device.dialog.agent import LocalAgent
from device.dialog.completeness import over
from device.dialog.grammar import stored_grammar
from device.dialog.templates import Templates
from device.executor import InlineExecutor
from device.folders import cache_folder
from device.hearing import FOLLOW_SAMPLES
from device.home.home import Home
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.command import CommandRecogniser
from device.pipeline.vad import endpoint_settings, open_vad
from device.pipeline.vad.endpoint import (
    EndpointSettings,
    SpeechEnded,
    SpeechStarted,
    TurnEnded,
)
from device.pipeline.vad.endpointing import Endpointing
from device.pipeline.vad.pace import Syllables
from device.pipeline.vad.segments import NEVER_MS
from device.pipeline.vad.silence import SilenceRule, fixed
from device.types import Transcript

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """What voice activity detection makes of one block of sound."""

    probability: float
    samples: int
    syllables: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the recogniser says about one pause."""

    stop_sample: int
    """First sample of the pause."""
    at_sample: int
    """Where it is known."""
    seconds: float
    """What it took."""
    over: float | None
    """Probability that the turn is over."""
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """How one utterance ended under one rule."""

    utterance: Hesitant
    at_sample: int
    """Where the end was known."""
    text: str = ""
    """The command that it was understood as."""

    @property
    def acted_on(self) -> bool:
        """Whether half a sentence was taken for a command."""
        return self.cut_off and bool(self.text)

    @property
    def cut_off(self) -> bool:
        """Whether it ended before the person did."""
        return self.at_sample < self.utterance.speech_stop

    @property
    def delay_ms(self) -> float:
        """How long after the person it ended."""
        return (self.at_sample - self.utterance.speech_stop) / SAMPLES_PER_MS

    @property
    def spliced(self) -> bool:
        """Whether a pause was put into it."""
        return self.utterance.pause[1] > 0


@dataclass(frozen=True, slots=True)
class Heard:
    """All that a rule needs to know of one utterance."""

    utterance: Hesitant
    settings: EndpointSettings
    blocks: tuple[Block, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def at_once(self) -> "Heard":
        """The same with a recogniser that takes no time."""
        late = SAMPLES_PER_MS * 1000
        prompt = (
            replace(one, at_sample=one.at_sample - round(one.seconds * late), seconds=0.0)
            for one in self.verdicts
        )
        return replace(self, verdicts=tuple(prompt))

    def turn(self, rule: SilenceRule) -> Turn | None:
        """How it ends under a rule; None when nobody is heard."""
        machine = Endpointing(self.settings, rule)
        waiting = list(self.verdicts)
        for block in self.blocks:
            while waiting and waiting[0].at_sample <= machine.position:
                verdict = waiting.pop(0)
                machine.judge(verdict.over, verdict.stop_sample)
            told = machine.feed(block.probability, block.samples, block.syllables)
            for event in told:
                if isinstance(event, TurnEnded):
                    text = self._text(event.speech_stop_sample)
                    return Turn(self.utterance, machine.position, text)
        return None

    def _text(self, stop_sample: int) -> str:
        return next((one.text for one in self.verdicts if one.stop_sample == stop_sample), "")


class Ear:
    """The engines of one process."""

    def __init__(self, vad: VadConfig, half: Half = "judge") -> None:
        self._threshold = Config().stt.command_threshold
        self._homes = [_understanding(home) for home in places(half)]
        self._engine = open_vad(vad)
        self._settings = endpoint_settings(vad)

    def hear(self, utterance: Hesitant) -> Heard:
        """Listen to all of it."""
        blocks: list[Block] = []
        verdicts: list[Verdict] = []
        stream, size, syllables = self._engine.open(), self._engine.chunk_samples, Syllables()
        pausing = Endpointing(self._settings, fixed(NEVER_MS))
        sentence = _Sentence(*self._homes[utterance.home], self._threshold)
        for start in range(0, len(utterance.samples) - size + 1, size):
            sound = utterance.samples[start : start + size]
            block = Block(stream.probability(sound), size, syllables.feed(sound))
            blocks.append(block)
            for event in pausing.feed(block.probability, size):
                if isinstance(event, SpeechStarted):
                    sentence.begin(pausing.position)
                elif isinstance(event, SpeechEnded):
                    said = utterance.samples[pausing.padded_start : pausing.position]
                    verdicts.append(sentence.judge(said, event.stop_sample, pausing.position))
            sentence.follow(
                utterance.samples[pausing.padded_start : pausing.position], pausing.position
            )
        return Heard(utterance, self._settings, tuple(blocks), tuple(verdicts))


class _Sentence:
    """One sentence on its way through the recogniser, which does one thing after the other."""

    def __init__(self, recogniser: CommandRecogniser, agent: LocalAgent, threshold: float) -> None:
        self._recogniser = recogniser
        self._agent = agent
        self._threshold = threshold
        self._stream = recogniser.stream(words=False)
        self._speaking = False
        self._next = 0
        self._idle_at = 0.0
        """Sample at which it has done all that it was given."""

    def begin(self, now: int) -> None:
        """Somebody speaks, or speaks on."""
        self._speaking, self._next = True, now + FOLLOW_SAMPLES

    def follow(self, so_far: Samples, now: int) -> None:
        """Take the sentence up to sample `now`, when it is time to."""
        if not self._speaking or now < max(self._next, self._idle_at):
            return
        _, seconds = _timed(lambda: self._stream.follow(so_far))
        self._idle_at = now + seconds * RATE
        self._next = now + FOLLOW_SAMPLES

    def judge(self, said: Samples, stop_sample: int, now: int) -> Verdict:
        """Whether what was said up to a pause, which is found at sample `now`, is all."""
        self._speaking = False
        (heard, sure), seconds = _timed(lambda: self._over(said))
        waited = max(0.0, self._idle_at - now) / RATE
        self._idle_at = now + (waited + seconds) * RATE
        return Verdict(stop_sample, round(self._idle_at), waited + seconds, sure, heard.text)

    def _over(self, said: Samples) -> tuple[Transcript, float | None]:
        heard = self._recogniser.conclude(self._stream, said)
        if heard.confidence < self._threshold:
            heard = replace(heard, text="")
        known = bool(heard.text) and self._agent.understands(heard.text, heard.language)
        return heard, over(heard, known)


def _understanding(home: Templates) -> tuple[CommandRecogniser, LocalAgent]:
    """What hears and understands the sentences of one home."""
    grammar = stored_grammar(home.intents, home.slot_lists, home.language, cache_folder())
    model = acoustic_model(home.language)
    recogniser = CommandRecogniser(InlineExecutor(), grammar, model, cache=cache_folder())
    return recogniser, LocalAgent(home.entities, Home([]), area=home.area)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.thread_time()
    return work(), time.thread_time() - began
