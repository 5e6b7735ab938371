"""What was played and what was heard on one axis of time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples, Signal
from device.audio.level import to_signal
from device.audio.resample import resample
from device.care.acoustics.plan import Item
from device.care.acoustics.take import Take
from device.hal.base import Rendered

_PAUSE_SECONDS: Final = 0.03
"""A time stamp further off than this is no jitter: the loudspeaker has rested."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where an item is."""

    item: Item
    start: int
    stop: int
    """First sample after it, and after what came late of it."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A take at 16 kHz; sample n of both is of the same moment."""

    near: NDArray[np.int16]
    """What each channel of the microphone gave, shape (n, channels)."""
    far: Signal
    """What the loudspeaker played, shape (n,), full scale 1."""
    quiet: tuple[int, int]
    """Samples between which nothing was played."""
    stretches: tuple[Stretch, ...]
    lost_samples: int
    """Of the microphone; they read as silence."""
    zero: float
    """Loop time of sample 0."""


def align(take: Take) -> Aligned:
    """Put a take on the axis of the microphone's samples, by the median of its time stamps."""
    rate = take.form.rate
    first = take.chunks[0].start_sample
    ends = [(chunk.captured_at, chunk.stop_sample - first) for chunk in take.chunks]
    zero = float(np.median([at - sample / rate for at, sample in ends]))
    whole, lost = _joined(take.chunks, first)
    near = np.stack([resample(channel, rate) for channel in whole.T], axis=1)

    def sample(at: float) -> int:
        return min(max(0, round((at - zero) * RATE)), len(near))

    return Aligned(
        near, _placed(take.rendered, take.speaker_rate, zero, len(near)),
        (sample(take.quiet[0]), sample(take.quiet[1])),
        tuple(Stretch(one.item, sample(one.began), sample(one.ended)) for one in take.spans),
        lost, zero,
    )  # fmt: skip


def _joined(chunks: Sequence[AudioChunk], first: int) -> tuple[Samples, int]:
    """All chunks, shape (n, channels), and how many samples between them were lost."""
    channels = chunks[0].format.channels
    whole = np.zeros((chunks[-1].stop_sample - first, channels), np.int16)
    for chunk in chunks:
        start = chunk.start_sample - first
        whole[start : start + chunk.samples] = chunk.pcm().reshape(-1, channels)
    return whole, sum(after.start_sample - one.stop_sample for one, after in pairwise(chunks))


def _placed(rendered: Sequence[Rendered], rate: int, zero: float, length: int) -> Signal:
    far = np.zeros(length, np.float32)
    for pieces in _unbroken(rendered, rate):
        lengths = np.cumsum([0, *(len(piece.samples) for piece in pieces)])
        began = np.median([piece.heard_at - lengths[n] / rate for n, piece in enumerate(pieces)])
        sound = to_signal(resample(np.concatenate([piece.samples for piece in pieces]), rate))
        start = round((float(began) - zero) * RATE)
        skipped = max(0, -start)
        part = sound[skipped : max(skipped, length - start)]
        far[start + skipped : start + skipped + len(part)] += part
    return far


def _unbroken(rendered: Sequence[Rendered], rate: int) -> list[list[Rendered]]:
    """What was played without a pause belongs together: inside it only samples are counted."""
    stretches: list[list[Rendered]] = []
    due = -np.inf
    for piece in rendered:
        if abs(piece.heard_at - due) > _PAUSE_SECONDS:
            stretches.append([])
            due = piece.heard_at
        stretches[-1].append(piece)
        due += len(piece.samples) / rate
    return stretches
