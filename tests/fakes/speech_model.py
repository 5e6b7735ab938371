"""A model that hears and speaks at once, by rules a person can check.

It takes turns as Moshi does (package moshi, server.py): one step for 80 ms of 24 kHz sound, nothing
in the first two, silence where it does not speak, pieces of words a little before their sound. It
answers 320 ms after somebody has spoken, and stops when somebody speaks over it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from device.audio.format import Samples
from device.audio.level import dbfs
from device.conversation.duplex.base import FRAME_SAMPLES, MODEL_RATE
from device.conversation.duplex.host import Step

_DELAY_STEPS = 2
_LOUD_DBFS = -40.0
_SPOKEN_STEPS = 3
_PAUSE_STEPS = 4
_WORD_STEPS = 3
_AGREES_STEPS = 10
SILENCE = np.zeros(FRAME_SAMPLES, dtype=np.int16)
_TIME = np.arange(FRAME_SAMPLES) / MODEL_RATE
TONE: Samples = (8_000 * np.sin(2 * np.pi * 300 * _TIME)).astype(np.int16)


@dataclass
class Mind:
    """One conversation."""

    answers: Iterator[str]
    steps: int = 0
    loud: int = 0
    quiet: int = 0
    asked: bool = False
    saying: list[Step] = field(default_factory=list)


@dataclass
class FakeSpeechModel:
    """Says its answers, one after the other."""

    answers: Iterable[str] = ()
    fails: dict[int, Exception] = field(default_factory=dict)
    """Raised at these steps of every conversation."""
    agrees: str = ""
    """Said to somebody who has spoken for 0.8 s and goes on."""
    minds: list[Mind] = field(default_factory=list)
    """Conversations so far."""

    def begin(self) -> Mind:
        self.minds.append(Mind(iter(self.answers)))
        return self.minds[-1]

    def step(self, state: Mind, frame: Samples) -> Step:
        assert frame.shape == (FRAME_SAMPLES,)
        assert frame.dtype == np.int16
        state.steps += 1
        if state.steps in self.fails:
            raise self.fails[state.steps]
        self._hear(state, dbfs(frame) > _LOUD_DBFS)
        if state.steps <= _DELAY_STEPS:
            return Step()
        return state.saying.pop(0) if state.saying else Step("", SILENCE)

    def _hear(self, mind: Mind, loud: bool) -> None:
        mind.loud, mind.quiet = (mind.loud + 1, 0) if loud else (0, mind.quiet + 1)
        if mind.loud == _SPOKEN_STEPS:
            mind.asked = True
            mind.saying.clear()
        if mind.loud == _AGREES_STEPS:
            mind.saying = list(_spoken(self.agrees))
        if mind.asked and mind.quiet == _PAUSE_STEPS:
            mind.asked = False
            mind.saying = list(_spoken(next(mind.answers, "")))


def _spoken(text: str) -> Iterator[Step]:
    for word in text.split():
        head, tail = word[: len(word) // 2], word[len(word) // 2 :]
        yield Step(f" {head}", TONE)
        yield Step(tail, TONE)
        yield from [Step("", TONE)] * (_WORD_STEPS - 2)
