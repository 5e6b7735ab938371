"""One thing that is being played: what of it waits, what was accepted, whether it goes on."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from device.audio.format import Samples
from device.pipeline.jitter import JitterBuffer

_KEPT_SECONDS: Final = 1.0
"""More than any device holds of what it accepted."""


@dataclass(slots=True, eq=False)
class Passage:
    """From the first sample to the last, with the breaks in which it is held."""

    rate: int
    """Samples a second."""
    buffer: JitterBuffer
    """What waits to be accepted."""
    aside: bool = False
    """A chime: nobody asks how much of it was heard."""
    going: asyncio.Event = field(default_factory=asyncio.Event)
    """Not set while it is held."""
    accepted_seconds: float = 0.0
    """What the device accepted, less what it gave back."""
    stopped: bool = False
    telling: asyncio.TimerHandle | None = None
    """Will say that the first sample is heard."""
    dry: bool = True
    """True while the next sample would start from silence."""
    _recent: deque[Samples] = field(default_factory=deque)

    @property
    def over(self) -> bool:
        """True when it was stopped, or everything was accepted."""
        ended = self.buffer.ended and self.buffer.samples == 0
        return self.stopped or (self.going.is_set() and ended)

    def accept(self, samples: Samples) -> None:
        """Note a block, shape (n,) and before volume and ducking, that goes to the device."""
        self.accepted_seconds += len(samples) / self.rate
        self._recent.append(samples)
        held = sum(map(len, self._recent))
        while held - len(self._recent[0]) >= _KEPT_SECONDS * self.rate:
            held -= len(self._recent.popleft())

    def take_back(self, seconds: float) -> None:
        """Play the last seconds once more, which were accepted but not heard."""
        samples = round(seconds * self.rate)
        if samples > 0 and self._recent:
            self.buffer.put_back(np.concatenate(tuple(self._recent))[-samples:])
        self._recent.clear()
        self.accepted_seconds = max(0.0, self.accepted_seconds - seconds)
        self.dry = True

    def end(self) -> None:
        """Play no more of it."""
        self.stopped = True
        self.buffer.end()
        self.going.set()
