"""Whether somebody talks over the reply: speech probabilities in, findings out. Pure.

    quiet ── enough speech in 128 ms ──> suspected ── long enough ──> confirmed ── pause ──> quiet
      ^                                      │
      └── 160 ms of silence: said, or noise ─┘

Only sound that stands out counts: of the room as it was, and while our own voice plays of what is
left of that. Time is counted in samples, so the size of the blocks does not matter.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from device.audio.format import SAMPLES_PER_MS
from device.pipeline.vad.prominence import Surroundings

_WINDOW_MS: Final = 128
"""In which the evidence for speech adds up: weak consonants come before the first vowel."""
_TRACE: Final = 0.05
"""Probability that is part of what is suspected to be speech."""
_VOICED: Final = 0.35
"""Probability that carries speech on once it is suspected."""
_CERTAIN: Final = 0.7
"""Probability that breath and clatter seldom reach: only so certain speech confirms anything."""
_HELD: Final = 4
"""Blocks for which what is left of our own voice is feared: a room rings on."""
_WARY_MS: Final = 3_000
"""So long after our own voice was taken for a person's, more is asked of one."""


@dataclass(frozen=True, slots=True)
class Block:
    """One decision of the voice activity detector."""

    start_sample: int
    samples: int
    probability: float
    """Of speech, 0 to 1."""
    level_dbfs: float
    residual_dbfs: float | None = None
    """Level of our own voice expected to be left in it; None: nothing plays."""


@dataclass(frozen=True, slots=True)
class Suspected:
    """Somebody may have begun to speak."""

    start_sample: int


@dataclass(frozen=True, slots=True)
class Passed:
    """It was too short to be a word."""

    start_sample: int
    stop_sample: int


@dataclass(frozen=True, slots=True)
class Said:
    """Something short was said, and ended: it is to be found out what."""

    start_sample: int
    stop_sample: int
    """First sample after the speech."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody speaks, for longer than people do who only agree; told again while it goes on."""

    start_sample: int
    stop_sample: int
    """First sample after what confirmed it; the speech goes on."""


Finding = Suspected | Passed | Said | Confirmed


@dataclass(frozen=True, slots=True)
class InterruptionSettings:
    """How much it takes."""

    suspect_ms: float = 12.0
    """Certain speech within 128 ms that is suspected to be somebody."""
    playing_suspect_ms: float = 16.0
    """The same while our own voice plays."""
    rise_db: float = 4.0
    """What stands out of the room is so much louder than it usually is."""
    margin_db: float = 6.0
    """What stands out of our own voice is so much louder than what is left of that."""
    least_ms: int = 64
    """Certain speech shorter than this is no word."""
    confirm_ms: float = 800.0
    """Certain speech that is more than a word of agreement."""
    pause_ms: int = 160
    """Silence that ends what was said."""


def settings_for(sensitivity: float) -> InterruptionSettings:
    """`sensitivity` 0 to 1: 0 hears only who speaks clearly and for long, 1 whoever breathes in."""
    return InterruptionSettings(
        suspect_ms=_between(20.0, 4.0, sensitivity),
        playing_suspect_ms=_between(27.0, 5.0, sensitivity),
        rise_db=_between(8.0, 0.0, sensitivity),
        margin_db=_between(10.5, 1.5, sensitivity),
        confirm_ms=_between(1_300.0, 300.0, sensitivity),
    )


class Interruption:
    """Finds one stretch of speech after the other."""

    def __init__(self, settings: InterruptionSettings | None = None) -> None:
        self._settings = settings or InterruptionSettings()
        self._room = Surroundings()
        self._recent: deque[tuple[int, float, float]] = deque()
        """Start, milliseconds and probability of the newest blocks while it is quiet."""
        self._start: int | None = None
        self._stop = 0
        self._certain_ms = 0.0
        self._confirmed = False
        self._residuals: deque[float] = deque(maxlen=_HELD)
        self._wary_dbfs, self._wary_until = 0.0, 0

    def recall(self, level_dbfs: float, samples: int) -> None:
        """Take the level of something that was captured before, and is part of the room."""
        self._room.push(level_dbfs, samples / SAMPLES_PER_MS)

    def beware(self, level_dbfs: float) -> None:
        """Say that what was found was our own voice, so loud: more is asked for a while."""
        self._wary_dbfs = level_dbfs
        self._wary_until = self._stop + _WARY_MS * SAMPLES_PER_MS

    def feed(self, block: Block) -> Finding | None:
        """Take the next block."""
        milliseconds = block.samples / SAMPLES_PER_MS
        probability = block.probability if self._stands_out(block) else 0.0
        self._room.push(block.level_dbfs, milliseconds)
        if self._start is None:
            return self._suspect(block, probability, milliseconds)
        return self._follow(self._start, block, probability, milliseconds)

    def _stands_out(self, block: Block) -> bool:
        settings = self._settings
        asked = self._room.level_dbfs + settings.rise_db
        if block.residual_dbfs is None:
            self._residuals.clear()
        else:
            self._residuals.append(block.residual_dbfs)
            asked = max(asked, max(self._residuals) + settings.margin_db)
            if block.start_sample < self._wary_until:
                asked = max(asked, self._wary_dbfs + settings.margin_db)
        return block.level_dbfs >= asked

    def _suspect(self, block: Block, probability: float, milliseconds: float) -> Suspected | None:
        self._recent.append((block.start_sample, milliseconds, probability))
        while sum(length for _, length, _ in self._recent) > max(_WINDOW_MS, milliseconds):
            self._recent.popleft()
        playing = block.residual_dbfs is not None
        asked = self._settings.playing_suspect_ms if playing else self._settings.suspect_ms
        if sum(length * share for _, length, share in self._recent) < asked:
            return None
        traces = (start for start, _, share in self._recent if share >= _TRACE)
        self._start = min(traces, default=block.start_sample)
        self._stop = block.start_sample + block.samples
        self._certain_ms = sum(length for _, length, share in self._recent if share >= _CERTAIN)
        return Suspected(self._start)

    def _follow(
        self, start: int, block: Block, probability: float, milliseconds: float
    ) -> Confirmed | Said | Passed | None:
        now = block.start_sample + block.samples
        if probability >= _VOICED:
            self._stop = now
        if probability >= _CERTAIN:
            self._certain_ms += milliseconds
        if self._certain_ms >= self._settings.confirm_ms:
            self._confirmed, self._certain_ms = True, 0.0
            return Confirmed(start, now)
        if now - self._stop < self._settings.pause_ms * SAMPLES_PER_MS:
            return None
        return self._end(start)

    def _end(self, start: int) -> Said | Passed | None:
        told, certain_ms = self._confirmed, self._certain_ms
        self._start, self._confirmed = None, False
        self._recent.clear()
        if told:
            return None
        short = certain_ms < self._settings.least_ms
        return Passed(start, self._stop) if short else Said(start, self._stop)


def _between(least: float, most: float, share: float) -> float:
    return least + (most - least) * share
