"""The cheap ears of the cascade: is this block worth the verifier's time?"""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from device.audio.format import RATE, Samples
from device.errors import EngineMissing
from device.pipeline.wake.blocks import Blocks
from device.pipeline.wake.loudness import LevelHistory, PitchHistory, halved
from device.pipeline.wake.microwakeword import MicroWakeWordScorer, default_threshold

CHUNK_SAMPLES: Final = 480
"""30 ms, the longest chunk that webrtcvad takes."""
_AGGRESSIVENESS: Final = 2
_AWAKE_SAMPLES: Final = 2 * RATE
_RISE_DELAY_SAMPLES: Final = 1_120
_HISTORY: Final = 100
"""Chunks, 3 s."""
_RECENT: Final = 12
"""Chunks, 0.36 s: about half a wake word."""
_LEAST_VOICED: Final = 9
_LEAST_PERIODICITY: Final = 0.5
_LEAST_PITCHED: Final = 4


class FirstStage(Protocol):
    """Listens to all audio, cheaply."""

    @property
    def word_end(self) -> int | None:
        """Where the last word that it heard ended, as it sees it; None when it cannot know."""
        ...

    def is_candidate(self, block: Samples) -> bool:
        """Whether a wake word may be in or shortly before this block; any length."""
        ...

    def is_sure(self, word: str) -> bool:
        """Whether it would have called this word heard by itself, within the last second."""
        ...

    def close(self) -> None:
        """Give memory back; idempotent."""
        ...


class MicroStage:
    """A word's microWakeWord score came above a low gate.

    The models sleep while webrtcvad hears no voice; on waking they get the last second first.
    """

    def __init__(self, words: Mapping[str, Path | None], gate: float) -> None:
        self._scorer = MicroWakeWordScorer(words)
        self._cutoffs = {w: default_threshold(w, path) for w, path in words.items()}
        self._vad = _vad(_AGGRESSIVENESS)
        self._blocks = Blocks(CHUNK_SAMPLES)
        self._unheard: deque[tuple[int, Samples]] = deque(maxlen=RATE // CHUNK_SAMPLES)
        self._awake_until = 0
        self._gate = gate
        self._is_above = False
        self._sure_at: dict[str, int] = {}
        self.word_end: int | None = None
        """End of the word whose score rose last, 70 ms before it did."""

    def is_candidate(self, block: Samples) -> bool:
        """Whether any word's score is at or above the gate."""
        found = False
        for chunk in self._blocks.cut(block):
            self._unheard.append((self._blocks.position, chunk))
            if self._vad.is_speech(chunk.tobytes(), RATE):
                self._awake_until = self._blocks.position + _AWAKE_SAMPLES
            while self._unheard and self._blocks.position <= self._awake_until:
                found = self._rises(*self._unheard.popleft()) or found
        return found

    def is_sure(self, word: str) -> bool:
        """Whether the word's score reached its author's cut-off within the last second."""
        at = self._sure_at.get(word)
        return at is not None and self._blocks.position - at <= RATE

    def close(self) -> None:
        """Give memory back; idempotent."""
        self._scorer.close()

    def _rises(self, position: int, chunk: Samples) -> bool:
        """Score the chunk that ends at `position`; whether it is at or above the gate."""
        scores = self._scorer.score(chunk)
        for word, score in scores.items():
            if score >= self._cutoffs[word]:
                self._sure_at[word] = position
        is_above = max(scores.values(), default=0.0) >= self._gate
        if is_above and not self._is_above:
            self.word_end = max(0, position - _RISE_DELAY_SAMPLES)
        self._is_above = is_above
        return is_above


class SpeechStage:
    """webrtcvad hears a voice that stands out from what was there before and has a pitch.

    Steady noise does not stand out, clatter has no pitch; neither costs anything further.
    """

    word_end: int | None = None
    """Never known."""

    def __init__(self, rise_db: float, quantile: float) -> None:
        """`rise_db` over the level that the share `quantile` of the last seconds stayed under."""
        self._vad = _vad(_AGGRESSIVENESS)
        self._blocks = Blocks(CHUNK_SAMPLES)
        self._voiced = np.zeros(_RECENT, dtype=np.bool_)
        self._levels = LevelHistory(_HISTORY, _RECENT)
        self._pitch = PitchHistory(_RECENT, CHUNK_SAMPLES)
        self._rise_db = rise_db
        self._quantile = quantile

    def is_candidate(self, block: Samples) -> bool:
        """Whether speech began or went on in this block."""
        found = False
        for chunk in self._blocks.cut(block):
            self._push(chunk)
            found = found or self._stands_out()
        return found

    def is_sure(self, word: str) -> bool:
        """Never: a voice is no word."""
        return False

    def close(self) -> None:
        """Nothing to give back."""

    def _push(self, chunk: Samples) -> None:
        self._voiced[:-1] = self._voiced[1:]
        self._voiced[-1] = self._vad.is_speech(chunk.tobytes(), RATE)
        half = halved(chunk)
        self._levels.push(half)
        self._pitch.push(half)

    def _stands_out(self) -> bool:
        """Cheapest question first."""
        return (
            int(np.count_nonzero(self._voiced)) >= _LEAST_VOICED
            and self._levels.rise_db(self._quantile) >= self._rise_db
            and self._pitch.voiced_chunks(_LEAST_PERIODICITY) >= _LEAST_PITCHED
        )


def _vad(aggressiveness: int) -> Any:
    try:
        import webrtcvad
    except ImportError as error:
        raise EngineMissing(
            "the wake engine cascade needs a package: pip install webrtcvad-wheels"
        ) from error
    return webrtcvad.Vad(aggressiveness)
