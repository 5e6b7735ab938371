"""What our own loudspeaker plays, told by the clock of the microphone's samples."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from device.audio.format import RATE, Samples, Signal
from device.audio.level import to_signal
from device.pipeline.frontend.interpolation import Interpolator
from device.pipeline.frontend.tape import Tape

_KEPT_SECONDS: Final = 5.0
_JUMP_SECONDS: Final = 0.03
"""A time stamp further off than this is no jitter: the device has paused or lost something."""
SILENT: Final = 1e-4
"""Peak of what is as good as silence, -80 dBFS."""
_STAMPS: Final = 200
"""Time stamps over which jitter is averaged."""


class SampleClock:
    """When the samples of one stream are, from time stamps that jitter."""

    def __init__(self) -> None:
        self._stamps = 0
        self._zero = 0.0

    def jumps(self, sample: float, seconds: float, rate: float = RATE) -> bool:
        """Whether a time stamp is further off than jitter explains."""
        return self._stamps > 0 and abs(seconds - sample / rate - self._zero) > _JUMP_SECONDS

    def tell(self, sample: float, seconds: float, rate: float = RATE) -> None:
        """Sample number `sample` was at loop time `seconds`; after a jump it begins anew."""
        self._stamps = 1 if self.jumps(sample, seconds, rate) else min(self._stamps + 1, _STAMPS)
        self._zero += (seconds - sample / rate - self._zero) / self._stamps

    def sample(self, seconds: float) -> float:
        """The number, at 16 kHz, of the sample at a loop time."""
        return (seconds - self._zero) * RATE

    @property
    def zero(self) -> float:
        """Loop time of sample 0."""
        return self._zero


@dataclass(slots=True)
class _Stretch:
    """Sound that the device played without a pause."""

    rate: int
    tape: Tape
    clock: SampleClock
    place: float | None = None
    """Device sample heard at the head of the reference; None before it was reached."""


class Reference:
    """Stores rendered stretches and gives them at 16 kHz, numbered as captured samples are.

    Inside a stretch samples are counted and only counted; time stamps say where it begins.
    """

    def __init__(self) -> None:
        self.capture = SampleClock()
        """When captured samples are."""
        self.tape = Tape(int(_KEPT_SECONDS * RATE))
        """What was heard, by the time stamps, when each sample was captured."""
        self.drift = 0.0
        """How much faster the playback clock runs than the capture clock, parts of one."""
        self.loud_until = -RATE * 3600
        """Number after the last sample that is no silence."""
        self.stretches = 0
        """How many stretches have begun."""
        self._waiting: list[_Stretch] = []
        self._interpolators: dict[int, Interpolator] = {}

    def render(self, samples: Samples, heard_at: float, rate: int) -> None:
        """The device plays mono samples at `rate`, the first one at loop time `heard_at`."""
        newest = self._waiting[-1] if self._waiting else None
        if (
            newest is None
            or newest.rate != rate
            or newest.clock.jumps(newest.tape.end, heard_at, rate)
        ):
            newest = self._begin(rate)
        newest.clock.tell(newest.tape.end, heard_at, rate)
        newest.tape.put(to_signal(samples))

    def advance(self, target: int, needed: int) -> None:
        """Read on to captured sample `target` as far as it is known, to `needed` in any case."""
        while self.tape.end < target:
            head = self.tape.end
            stop = min(target, max(needed, head + self._known(head)))
            if stop <= head:
                return
            stop = min(stop, head + RATE // 10)
            sound = self._read(head, stop - head) if self._waiting else None
            if sound is None:
                self.tape.skip(target - head)
                return
            self.tape.put(sound)
            if np.max(np.abs(sound)) > SILENT:
                self.loud_until = stop

    def _begin(self, rate: int) -> _Stretch:
        stretch = _Stretch(rate, Tape(int(_KEPT_SECONDS * rate)), SampleClock())
        self._waiting = [*self._waiting[-7:], stretch]
        self.stretches += 1
        return stretch

    def _known(self, head: int) -> int:
        """Samples from the head on in which nothing can be told that is not told yet."""
        if not self._waiting:
            return 1 << 30
        newest = self._waiting[-1]
        place = self._place(newest, head)
        left = newest.tape.end - self._interpolator(newest.rate).reach - place
        return max(0, int(left / self._step(newest)))

    def _read(self, head: int, samples: int) -> Signal:
        sound = np.zeros(samples, np.float32)
        left: list[_Stretch] = []
        for stretch in self._waiting:
            step = self._step(stretch)
            place = self._place(stretch, head)
            interpolator = self._interpolator(stretch.rate)
            if place + samples * step > -interpolator.reach:
                sound += interpolator.read(stretch.tape, place, step, samples)
                stretch.place = place + samples * step
            if place < stretch.tape.end + stretch.rate:
                left.append(stretch)
        self._waiting = left
        return sound

    def _place(self, stretch: _Stretch, head: int) -> float:
        if stretch.place is not None:
            return stretch.place
        return (head - self.capture.sample(stretch.clock.zero)) * self._step(stretch)

    def _step(self, stretch: _Stretch) -> float:
        return stretch.rate / RATE * (1.0 + self.drift)

    def _interpolator(self, rate: int) -> Interpolator:
        if rate not in self._interpolators:
            self._interpolators[rate] = Interpolator(rate)
        return self._interpolators[rate]
