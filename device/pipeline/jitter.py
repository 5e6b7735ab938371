"""A short store between what makes audio in bursts and what plays it evenly."""

import asyncio
from collections import deque

import numpy as np

from device.audio.format import Samples


class JitterBuffer:
    """Holds samples until they are played; a full one makes its writer wait."""

    def __init__(self, capacity_samples: int) -> None:
        self._parts: deque[Samples] = deque()
        self._capacity = capacity_samples
        self._changed = asyncio.Event()
        self.samples = 0
        """Samples held now."""
        self.ended = False
        """True once nothing more will be put in."""

    async def put(self, samples: Samples) -> None:
        """Store samples of shape (n,) once there is room; an empty store takes any number."""
        while self.samples and self.samples + len(samples) > self._capacity:
            await self._changed.wait()
        if len(samples):
            self._parts.append(samples)
            self.samples += len(samples)
            self._tell()

    def put_back(self, samples: Samples) -> None:
        """Let samples of shape (n,) be the next that are taken; there is always room for them."""
        if len(samples):
            self._parts.appendleft(samples)
            self.samples += len(samples)
            self._tell()

    def end(self) -> None:
        """Say that nothing more will come."""
        self.ended = True
        self._tell()

    async def filled(self, samples: int) -> None:
        """Wait until so many samples are held, or nothing more will come."""
        while self.samples < samples and not self.ended:
            await self._changed.wait()

    def take(self, samples: int) -> Samples:
        """Up to so many samples, shape (n,)."""
        parts: list[Samples] = []
        wanted = samples
        while wanted and self._parts:
            part = self._parts.popleft()
            if len(part) > wanted:
                self._parts.appendleft(part[wanted:])
                part = part[:wanted]
            parts.append(part)
            wanted -= len(part)
        self.samples -= samples - wanted
        self._tell()
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
