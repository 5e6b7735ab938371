"""What our own ears make of a take: how well they overhear the speaker, and whether they wake."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from device.audio.format import RATE, Samples
from device.audio.level import to_samples
from device.care.acoustics.aligned import Aligned, Stretch
from device.care.acoustics.plan import Kind
from device.config import AudioConfig, WakeConfig
from device.hal.base import Rendered
from device.pipeline.frontend import open_frontend
from device.pipeline.frontend.base import Frontend
from device.pipeline.wake import open_wake

_CHUNK: Final = 3 * RATE // 100
_AHEAD: Final = 4 * _CHUNK
"""A device takes what it plays before it is heard."""
_LATE_SECONDS: Final = 0.5
"""A wake word may be heard so long after the end of what belongs to it."""


@dataclass(frozen=True, slots=True)
class Recall:
    """How often the wake word was heard at one level."""

    level_db: float
    """Beside a reply."""
    heard: int
    said: int


def erle_db(aligned: Aligned, mono: Samples, config: AudioConfig) -> float | None:
    """How much weaker the front end made what was played last; None: it found no echo."""
    frontend = open_frontend(config)
    far = to_samples(aligned.far) if config.loopback is None else aligned.near[:, config.loopback]
    for _ in _cleaned(frontend, far, mono, aligned.zero):
        pass
    report = frontend.report
    return None if report.delay_ms is None else report.erle_db


def recalls(
    aligned: Aligned, mono: Samples, config: AudioConfig, wake: WakeConfig, word: str
) -> list[Recall]:
    """Whether a wake word is heard when it comes from our own loudspeaker.

    Ears that overhear the speaker do not wake to it: here they do not. Raises EngineError.
    """
    frontend = open_frontend(config.model_copy(update={"echo": "off"}))
    stream, hits, end = open_wake(wake).open(), list[int](), 0
    try:
        for sound in _cleaned(frontend, np.zeros(0, np.int16), mono, aligned.zero):
            end += len(sound)
            found = stream.feed(sound)
            if found is not None and found.word == word:
                hits.append(end)
    finally:
        stream.close()
    phrases = [one for one in aligned.stretches if one.item.kind is Kind.PHRASE]
    levels = sorted({one.item.level_db for one in phrases})
    return [
        _recall(level, [one for one in phrases if one.item.level_db == level], hits)
        for level in levels
    ]


def _recall(level_db: float, said: Sequence[Stretch], hits: Sequence[int]) -> Recall:
    late = round(_LATE_SECONDS * RATE)
    heard = (any(one.start < at < one.stop + late for at in hits) for one in said)
    return Recall(level_db, sum(heard), len(said))


def _cleaned(frontend: Frontend, far: Samples, near: Samples, zero: float) -> Iterator[Samples]:
    """Let a front end hear what was recorded, in the order of time."""
    told = 0
    for start in range(0, len(near), _CHUNK):
        stop = min(start + _CHUNK, len(near))
        ahead = far[told : stop + _AHEAD]
        if len(ahead):
            frontend.render(Rendered(ahead, zero + told / RATE), RATE)
            told += len(ahead)
        yield frontend.clean(near[start:stop], zero + stop / RATE)
