"""The way of our own voice: from the loudspeaker, through the room, into the microphone."""

from typing import Final

import numpy as np

from device.audio.format import RATE, Samples, Signal
from device.audio.level import SILENCE_DBFS
from device.pipeline.frontend.base import Canceller, EchoState
from device.pipeline.frontend.delay import LONGEST, WINDOW, DelayFinder
from device.pipeline.frontend.kalman import BLOCK
from device.pipeline.frontend.reference import Reference
from device.pipeline.frontend.resync import HISTORY, Resync
from device.pipeline.frontend.tape import Tape

_MARGIN: Final = BLOCK
"""Samples by which the reference comes before the echo, for what the delay is not exact in."""
_PLAYING: Final = 3 * RATE // 10
_RESTING: Final = RATE + LONGEST
"""Samples after the last sound from which on nothing is cancelled."""
_LOOK: Final = 10
"""Blocks between two looks for the delay."""
_CATCH_UP: Final = 60
"""Blocks from which is learned at once when the delay has been found."""
_DUCK: Final = np.float32(0.1)
_DUCK_BLOCKS: Final = 100
"""While the delay is not known our own voice is made weak, for a second and no more."""
_LOST: Final = 4.0
"""Power before over after: less is taken away only if the delay is wrong, or somebody talks."""
_AUDIBLE: Final = BLOCK * 1e-6
"""What is weaker is the room's noise, and not our own voice."""
_AVERAGE: Final = 0.995
_RINGS: Final = 0.7
"""Share of what is left that is still there a block later."""


class EchoPath:
    """Aligns the reference with the microphone and has a canceller work on both."""

    def __init__(self, canceller: Canceller) -> None:
        self.canceller = canceller
        self.reference = Reference()
        self.delay: int | None = None
        """Samples from the time that the loudspeaker tells to the echo; None while unknown."""
        self._microphone = Tape(max(WINDOW, (_CATCH_UP + 1) * BLOCK, HISTORY))
        self._finder = DelayFinder()
        self._resync = Resync()
        self._blocks = self._ducked = 0
        self._before = self._after = 1e-9
        self._loss_db = self._losses = 0.0
        self._left = 0.0
        self._rested = True

    @property
    def resting(self) -> bool:
        """True while nothing has been played for a second."""
        return self._microphone.end - self.reference.loud_until > _RESTING

    @property
    def erle_db(self) -> float:
        """By how much blocks of it have become weaker, on average over its last two seconds.

        That is in decibels, so that a loud voice over it counts for no more than its length.
        """
        return self._loss_db / self._losses if self._losses else 0.0

    @property
    def state(self) -> EchoState:
        """What is left of our own voice now."""
        since = self._microphone.end - self.reference.loud_until
        left = 10 * float(np.log10(self._left)) if self._left > 1e-12 else SILENCE_DBFS
        return EchoState(since < _PLAYING, left, self.delay is not None and self.erle_db > 10.0)

    def played(self, start: int, stop: int) -> Signal:
        """What of our own voice came with captured samples start..stop."""
        late = self.delay or 0
        return self.reference.tape.read(start - late, stop - late)

    def render(self, samples: Samples, heard_at: float, rate: int) -> None:
        """The loudspeaker plays mono samples, the first one at loop time `heard_at`."""
        self.reference.render(samples, heard_at, rate)

    def rest(self, signal: Signal) -> Signal | None:
        """What was captured, as late as the canceller's, when there is nothing to cancel in it."""
        end = self._microphone.end + len(signal)
        self.reference.advance(end, end - LONGEST)
        if end - self.reference.loud_until <= _RESTING:
            return None
        head = self._microphone.end
        before = self._microphone.read(head - self.canceller.late, head)
        self._microphone.put(signal)
        self._left, self._rested = 0.0, True
        return np.concatenate((before, signal))[: len(signal)]

    def skip(self, samples: int) -> None:
        """So many samples were not captured."""
        self._microphone.skip(samples)
        self._finder.forget()

    def feed(self, block: Signal) -> Signal:
        """The next block of shape (160,) without our own voice."""
        start = self._microphone.end
        self._microphone.put(block)
        self._blocks += 1
        if self.delay is None:
            self.reference.advance(start + BLOCK, start - LONGEST)
            self._search(start + BLOCK)
            return self._unknown(block)
        self.reference.advance(start + BLOCK, start + BLOCK - self._shift)
        if self._rested:
            self._wake(start)
        far = self._far(start, start + BLOCK)
        moved = self._resync.feed(self, far)
        if moved:
            whole = round(moved)
            self._move(self.delay - whole)
            self.canceller.hasten(moved - whole)
            far = self._far(start, start + BLOCK)
        cleaned = self.canceller.feed(far, block, learn=not self._resync.pending)
        self.reference.drift = self.canceller.drift
        self._judge(block, cleaned, far)
        return self._doubted(block, cleaned) if self._resync.doubtful else cleaned

    def aligned(self, samples: int, around: int) -> tuple[Signal, Signal]:
        """The newest captured samples, and the reference from `around` samples before them on.

        The reference reaches `around` samples further than the delay says, too.
        """
        end = self._microphone.end
        far = self._far(end - samples - HISTORY - around, end + around)
        return self._microphone.read(end - samples, end), far

    def _wake(self, start: int) -> None:
        """Give a canceller that is late what it has not heard while all was at rest."""
        self._rested = False
        missed = -(-self.canceller.late // BLOCK)
        for at in range(start - missed * BLOCK, start, BLOCK):
            heard = self._microphone.read(at, at + BLOCK)
            self.canceller.feed(self._far(at, at + BLOCK), heard, learn=False)

    @property
    def _shift(self) -> int:
        return max(0, (self.delay or 0) - _MARGIN)

    def _far(self, start: int, stop: int) -> Signal:
        return self.reference.tape.read(start - self._shift, stop - self._shift)

    def _search(self, end: int) -> None:
        """Look for the delay, and learn from what was heard since once it is found."""
        if self._look(end) is None:
            return
        for n in range(_CATCH_UP, 0, -1):
            start = end - n * BLOCK
            heard = self._microphone.read(start, start + BLOCK)
            self.canceller.feed(self._far(start, start + BLOCK), heard, learn=True)

    def _look(self, end: int) -> int | None:
        if self._blocks % _LOOK or end - self.reference.loud_until > LONGEST:
            return None
        far = self.reference.tape.read(end - WINDOW - LONGEST, end)
        found = self._finder.look(self._microphone.read(end - WINDOW, end), far)
        if found is not None and (self.delay is None or abs(found - self.delay) > _MARGIN // 2):
            self._move(found)
        return found

    def _move(self, delay: int) -> None:
        self.delay = max(0, delay)
        end = self._microphone.end - BLOCK
        self.canceller.realign(self._far(end - HISTORY, end))

    def _unknown(self, block: Signal) -> Signal:
        """Weaken it for a while; an echo that is not found by then is none, or is too weak."""
        loud = self._microphone.end - self.reference.loud_until < LONGEST
        end = self._microphone.end - self.canceller.late
        untouched = self._microphone.read(end - BLOCK, end)
        if not loud or self._ducked >= _DUCK_BLOCKS:
            self._left = 0.0
            return untouched
        self._ducked += 1
        return self._doubted(block, untouched)

    def _doubted(self, block: Signal, cleaned: Signal) -> Signal:
        """Made weak, and all of what was captured taken for our own voice."""
        self._left = max(_RINGS * self._left, float(np.mean(block**2)))
        return cleaned * _DUCK

    def _judge(self, block: Signal, cleaned: Signal, far: Signal) -> None:
        self._left = max(self.canceller.residual_power, _RINGS * self._left)
        if not np.any(far):
            return
        before, after = float(np.sum(block**2)), float(np.sum(cleaned**2)) + 1e-9
        self._before = _AVERAGE * self._before + before
        self._after = _AVERAGE * self._after + after
        if before > _AUDIBLE:
            self._loss_db = _AVERAGE * self._loss_db + 10 * float(np.log10(before / after))
            self._losses = _AVERAGE * self._losses + 1
        if self._before < _LOST * self._after:
            self._look(self._microphone.end)
