"""The stretches of speech in a whole recording."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from device.audio.format import RATE, Samples
from device.pipeline.base import VadEngine
from device.pipeline.vad.endpoint import Endpoint, EndpointSettings, TurnEnded
from device.pipeline.vad.endpointing import Endpointing
from device.pipeline.vad.silence import SilenceRule, fixed

NEVER_MS = 1_000_000_000
"""A limit that no recording reaches."""
_MIN_SILENCE_SAMPLES = RATE // 2
_SETTINGS = EndpointSettings(padding_ms=200, no_speech_ms=NEVER_MS, max_ms=NEVER_MS)


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A stretch of speech with its padding."""

    start_sample: int
    stop_sample: int

    @property
    def start_seconds(self) -> float:
        """Where it begins."""
        return self.start_sample / RATE

    @property
    def stop_seconds(self) -> float:
        """Where it ends."""
        return self.stop_sample / RATE


def speech_segments(
    engine: VadEngine,
    samples: Samples,
    settings: EndpointSettings = _SETTINGS,
    silence: SilenceRule | None = None,
) -> Iterator[SpeechSegment]:
    """Stretches of speech in `samples` of shape (n,), in order and never overlapping.

    Half a second of silence parts two of them, unless `silence` says otherwise.
    """
    rule = silence or fixed(_MIN_SILENCE_SAMPLES)
    stream, size = engine.open(), engine.chunk_samples
    machine, reached = Endpointing(settings, rule), 0
    whole = np.pad(samples, (0, -len(samples) % size))
    for start in range(0, len(whole), size):
        told = machine.feed(stream.probability(whole[start : start + size]), size)
        if machine.over:
            for segment in _segments(told, reached, len(samples)):
                reached = segment.stop_sample
                yield segment
            machine = Endpointing(settings, rule, begin_sample=start + size)
    yield from _segments(machine.close(), reached, len(samples))


def _segments(told: tuple[Endpoint, ...], reached: int, length: int) -> Iterator[SpeechSegment]:
    for event in told:
        if isinstance(event, TurnEnded):
            yield SpeechSegment(max(reached, event.start_sample), min(event.stop_sample, length))
