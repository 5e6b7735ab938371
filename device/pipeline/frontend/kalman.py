"""The linear echo canceller: a Kalman filter in the frequency domain, in partitions.

Enzner and Vary, "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free
telephones", Signal Processing 86 (2006); partitioned as by Kuech, Mabande and Enzner, ICASSP 2014.
It knows how uncertain every part of its echo path is, so it learns fast from an echo alone and
hardly anything while somebody speaks over it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.audio.format import Signal

BLOCK: Final = 160
"""Samples of a block: 10 ms."""
BINS: Final = BLOCK + 1
"""Frequencies of a block."""
PARTITIONS: Final = 25
"""Blocks of the echo path: 250 ms."""
Spectrum = NDArray[np.complex64]
Power = NDArray[np.float32]

_HISTORY: Final = 30
"""Blocks from which is learned again, once a block; more would blur a drifting clock."""
_PRIOR: Final = 0.1
"""Expected power of the echo path in its first block; it falls by 2 dB a block in a room."""
_DECAY_DB: Final = 2.0
_FORGETTING: Final = np.float32(0.001)
"""Share of the path that may change in a block."""
_WANDER: Final = np.float32(0.0007)
_WANDER_EARLY: Final = np.float32(0.005)
"""Doubt that comes anew with every block, of that at the start; more of it while all is new."""
_EARLY: Final = 150
"""Blocks for which all is new."""
_AGAIN_EARLY: Final = 3
"""Older blocks from which is learned once more, each block; later it is one."""
_RECENT: Final = 8
"""How old these are at first, while it is unknown how fast the clocks drift."""
_DISTURBED: Final = np.float32(100.0)
"""Power of a voice over the echo beside what is measured of it, which comes late."""
_NEAR_MEMORY: Final = np.float32(0.9)
_FLOOR: Final = np.float32(1e-6)
_NOTHING: Final = np.zeros(BLOCK, np.float32)


class KalmanFilter:
    """Learns the echo path, in blocks of 10 ms, and tells the echo of the reference."""

    def __init__(self) -> None:
        decay = 10 ** (-_DECAY_DB * np.arange(PARTITIONS) / 10)
        self._prior = np.repeat((_PRIOR * decay).astype(np.float32)[:, None], BINS, axis=1)
        self._far: Spectrum = np.zeros((PARTITIONS + _HISTORY, BINS), np.complex64)
        self._heard = np.zeros((_HISTORY, BLOCK), np.float32)
        self._last: Signal = np.zeros(BLOCK, np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the path."""
        self._learned = 0
        self.path: Spectrum = np.zeros((PARTITIONS, BINS), np.complex64)
        """Echo path, one row a block of delay."""
        self._doubt: Power = self._prior.copy()
        self.unsure: Power = np.zeros(BINS, np.float32)
        """Power spectrum of the echo that the path's doubt stands for, of one block."""
        self._near: Power = np.full(BINS, 1e-2, np.float32)

    def doubt(self) -> None:
        """Trust the path no more than at the start, e.g. when the room is another one."""
        self._learned = 0
        self._doubt[:] = self._prior

    def feed(self, far: Signal, microphone: Signal) -> Signal:
        """The echo in the next block, shape (160,), as far as it is known."""
        self._far[1:] = self._far[:-1]
        self._far[0] = np.fft.rfft(np.concatenate((self._last, far)))
        self._last = far
        self._heard[1:] = self._heard[:-1]
        self._heard[0] = microphone
        return self._echo(0)

    def learn(self, talk: bool = False) -> None:
        """Learn from the newest block and from older ones; hardly anything over a voice."""
        self._learned += 1
        early = self._learned < _EARLY
        doubted = _WANDER_EARLY if early else _WANDER
        self._learn(0, doubted, early, talk)
        if talk:
            return
        for again in range(_AGAIN_EARLY if early else 1):
            ago = 1 + (self._learned * 11 + again * 3) % (_RECENT if early else _HISTORY - 1)
            self._learn(ago, doubted, early, talk=False)

    def realign(self, far: Signal) -> None:
        """Take other samples for the reference so far, the newest 56 blocks of it."""
        blocks = far[-(PARTITIONS + _HISTORY + 1) * BLOCK :].reshape(-1, BLOCK)
        pairs = np.concatenate((blocks[:-1], blocks[1:]), axis=1)
        self._far[:] = np.fft.rfft(pairs, axis=1)[::-1]
        self._last = blocks[-1].copy()

    def hasten(self, samples: float) -> None:
        """Let the whole path come earlier, by part of a sample."""
        taps = self.response()
        turn = np.exp(2j * np.pi * np.fft.rfftfreq(2 * len(taps)) * samples)
        earlier = np.fft.irfft(np.fft.rfft(taps, 2 * len(taps)) * turn)[: len(taps)]
        parts = earlier.reshape(PARTITIONS, BLOCK)
        self.path = np.fft.rfft(parts, 2 * BLOCK, axis=1).astype(np.complex64)

    def response(self) -> Signal:
        """The echo path as an impulse response, shape (4000,)."""
        taps: Signal = np.fft.irfft(self.path, axis=1)[:, :BLOCK].astype(np.float32).ravel()
        return taps

    def _echo(self, ago: int) -> Signal:
        spectrum = np.einsum("pk,pk->k", self.path, self._far[ago : ago + PARTITIONS])
        echo: Signal = np.fft.irfft(spectrum)[BLOCK:].astype(np.float32)
        return echo

    def _learn(self, ago: int, wander: np.float32, early: bool, talk: bool) -> None:
        far = self._far[ago : ago + PARTITIONS]
        power = far.real**2 + far.imag**2
        error = self._heard[ago] - self._echo(ago)
        spectrum = np.fft.rfft(np.concatenate((_NOTHING, error))).astype(np.complex64)
        expected = np.einsum("pk,pk->k", power, self._doubt)
        near = self._disturbance(spectrum, ago == 0, early, talk)
        if ago == 0:
            self.unsure = expected * np.float32(0.5)
        gain = self._doubt / (expected + 2 * near + _FLOOR)
        step = np.fft.irfft(gain * far.conj() * spectrum, axis=1)
        step[:, BLOCK:] = 0
        self.path += np.fft.rfft(step, axis=1)
        self._doubt *= (1 - _FORGETTING) * (1 - np.float32(0.5) * gain * power)
        self._doubt += _FORGETTING * (self.path.real**2 + self.path.imag**2)
        self._doubt += wander * self._prior

    def _disturbance(self, error: Spectrum, newest: bool, early: bool, talk: bool) -> Power:
        """Power spectrum of all that is no echo, of one block; at first the echo is most of it."""
        heard = error.real**2 + error.imag**2
        near: Power = _NEAR_MEMORY * self._near + (1 - _NEAR_MEMORY) * heard
        if newest:
            self._near = near
        if not early:
            near = np.maximum(near, heard)
        return near * _DISTURBED if talk else near
