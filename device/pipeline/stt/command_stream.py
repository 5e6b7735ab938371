"""The command recogniser hears a sentence while it is said: less is left to do at its end.

Noise and channel of a sentence are known for certain only when it is over. Until then each stretch
is cleaned with what is known so far, and the search begins again where that has changed much. That
is good enough for how well ordinary speech explains it, and to show; but "on" may be taken for
"off". So the command itself is searched at the end, in the sentence cleaned as a whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from device.audio.format import RATE, Samples
from device.pipeline.stt.cepstra import REACH, WINDOW_SAMPLES, FrontEnd, Vectors
from device.pipeline.stt.command_score import Evidence
from device.pipeline.stt.sphinx import Sphinx, Utterance

_FIRST_SAMPLES: Final = RATE * 4 // 5
"""Less tells too little of the room."""
_LONGER: Final = 1.1
"""Cleaning takes all of the sentence each time: only once it has become so much longer."""
_AGAIN_APART: Final = 0.1
_AGAIN_LONGER: Final = 1.5
"""Begins again at most each time the sentence has become longer by half: bounded work."""
_TRUST_APART: Final = 0.15
"""As far apart, three in four differences of the confidence are below 0.1 on generated speech."""


@dataclass(frozen=True, slots=True)
class _Searches:
    """What hears one sentence, and what it has heard."""

    command: Utterance | None
    """Only for the words so far."""
    speech: Utterance
    start: int
    """Hops left out at the beginning."""

    @property
    def so_far(self) -> str:
        return "" if self.command is None else self.command.so_far()


class CommandStream:
    """One sentence on its way through the decoders; one thread may use it at a time.

    Another sentence may take the decoders away: then nothing is known at the end.
    """

    def __init__(
        self, hear: FrontEnd, command: Callable[[], Sphinx], speech: Sphinx, *, words: bool = True
    ) -> None:
        """`command` gives the search to begin with: a home that has changed has another.

        `words`: whether `follow` tells any; that takes as much again as the rest.
        """
        self._words = words
        self._hear = hear
        self._command = command
        self._speech = speech
        self._searches: _Searches | None = None
        self._begun_at = 0
        self._heard: Samples = np.zeros(0, np.int16)
        self._fed: Vectors = np.zeros((0, 0), np.float32)

    def follow(self, samples: Samples) -> str:
        """Take the sentence so far, shape (n,), and tell what it seems to begin with."""
        if len(samples) < _FIRST_SAMPLES or (self._searches and not self._searches.speech.alive):
            return ""
        if len(self._heard) <= len(samples) < _LONGER * len(self._heard):
            return self._searches.so_far if self._searches else ""
        cepstra = self._hear(samples)
        known = cepstra.vectors[:-REACH]
        if self._is_other(samples, cepstra.start, known):
            self._begin(len(samples), cepstra.start)
        self._feed(known)
        self._heard = samples
        return self._searches.so_far if self._searches else ""

    def finish(self, samples: Samples) -> Evidence | None:
        """What speaks for a command in the whole sentence; None: hear it in the plain way."""
        searches, self._searches = self._searches, None  # what goes on is another sentence
        if searches is None or not searches.speech.alive or not self._goes_on(samples):
            return None
        cepstra = self._hear(samples)
        fed = len(self._fed)
        if cepstra.start != searches.start or (
            self._hear.apart(cepstra.vectors[:fed], self._fed) > _TRUST_APART
        ):
            return None
        searches.speech.feed(cepstra.vectors[fed:])
        rival, best = searches.speech.finish(), self._command().hear(cepstra.vectors)
        if best is None or rival is None:
            return None
        return Evidence(best.text, best.score, rival.score, best.words, best.lead)

    def _is_other(self, samples: Samples, start: int, known: Vectors) -> bool:
        """Whether what was searched so far is not the beginning of this."""
        if self._searches is None or start != self._searches.start or not self._goes_on(samples):
            return True
        longer = len(samples) > _AGAIN_LONGER * self._begun_at
        return longer and self._hear.apart(known[: len(self._fed)], self._fed) > _AGAIN_APART

    def _goes_on(self, samples: Samples) -> bool:
        heard = len(self._heard)
        return len(samples) >= max(heard, WINDOW_SAMPLES) and np.array_equal(
            samples[:heard], self._heard
        )

    def _begin(self, length: int, start: int) -> None:
        command = self._command().begin() if self._words else None
        self._searches = _Searches(command, self._speech.begin(), start)
        self._begun_at, self._fed = length, np.zeros((0, 0), np.float32)

    def _feed(self, vectors: Vectors) -> None:
        if self._searches is None:
            return
        new = vectors[len(self._fed) :]
        if self._searches.command is not None:
            self._searches.command.feed(new)
        self._searches.speech.feed(new)
        self._fed = np.vstack((self._fed, new)) if len(self._fed) else new
