"""Ears: cursors on the timeline that find wake words and sentences, and post what they find."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from device import clock
from device import events as e
from device.audio.format import RATE, Samples
from device.audio.level import dbfs
from device.audio.timeline import Cursor, Timeline
from device.config import WakeWordConfig
from device.errors import DeviceLost
from device.executor import Executor
from device.pipeline.base import VadEngine, WakeEngine, WakeStream
from device.pipeline.earcons import Earcon, without_earcon
from device.pipeline.vad import endpoint
from device.pipeline.vad.endpointing import Endpointing
from device.pipeline.vad.interruption import Block, Finding, Interruption
from device.pipeline.vad.pace import Syllables
from device.pipeline.wake.own import OwnWords
from device.types import Detection

Post = Callable[[e.Event], None]
OpenEndpointing = Callable[[int, float], Endpointing]
"""Of the first sample, and the seconds to wait for speech (0: the usual)."""

Played = Callable[[int, int], Samples]
"""What our own loudspeaker played while samples start..stop were captured, silence included."""

_WAKE_BLOCK: Final = 640
_QUIET_SAMPLES: Final = RATE * 2 // 5
"""Quiet after the wake word that tells that the person waits for the chime."""
_WORD_SAMPLES: Final = RATE
"""What a wake word takes, and the quiet before it that it is compared with."""
_LOUD: Final = 0.5
FOLLOW_SAMPLES: Final = RATE // 5
"""So much more must be said before it is told to those who understand along."""
_DEAF_SECONDS: Final = 5.0
"""A microphone that gives nothing for so long is gone: alarms must not wait for its return."""
_WARM_SAMPLES: Final = RATE // 4
"""Heard before what matters: a detector that has heard nothing yet is unsure."""
_ROOM_SAMPLES: Final = 8 * RATE
"""What tells how loud the room usually is."""
_LEVEL_SAMPLES: Final = RATE // 10
"""One measurement of that."""
_LATE_SAMPLES: Final = RATE // 25
"""A chime is told so much after it began."""
_SPOKE_OVER_SAMPLES: Final = RATE // 10
"""Speech that is there so soon after a chime had probably begun under it."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """Something that was said, whoever said it."""

    samples: Samples
    """The speech with its padding, shape (n,)."""
    start_sample: int
    """First sample of the speech."""
    stop_sample: int
    """First sample after it."""


class Hearing:
    """Everything that listens to one timeline."""

    def __init__(
        self, timeline: Timeline, wake: WakeEngine, vad: VadEngine,
        open_endpointing: OpenEndpointing, executor: Executor, post: Post,
        words: Sequence[WakeWordConfig] = (), played: Played | None = None,
    ) -> None:  # fmt: skip
        """`played`: what our own loudspeaker played; None: nothing of it is in what is heard."""
        self._timeline = timeline
        self._wake = wake
        self._vad = vad
        self._open_endpointing = open_endpointing
        self._executor = executor
        self._post = post
        self._words = {word.label: word for word in words}
        self._played = played or (lambda start, stop: np.zeros(stop - start, dtype=np.int16))
        self._chimes: list[tuple[int, int]] = []
        self._endpointing: Endpointing | None = None
        self.listened_samples = 0
        """In which wake words were looked for so far."""

    async def watch(self) -> None:
        """Hear wake words until the timeline closes."""
        stream, own = self._wake.open(), OwnWords(self._wake.open())
        cursor = Cursor(self._timeline, _WAKE_BLOCK)
        origin = cursor.position
        self._post(e.Ready(words=self._wake.words))
        try:
            while (block := await cursor.next()) is not None:
                start = cursor.position - len(block)
                played = self._played(start, cursor.position)
                listen = partial(_listen_to_both, stream, block, own, played, start)
                found = await self._executor.run(listen)
                self.listened_samples += len(block)
                heard = found and found.later(origin + cursor.lost_samples)
                if (word := own.sift(heard, cursor.position)) is not None:
                    self._woken(word)
        finally:
            # In the thread that may still be at a block: what it reads must not be freed.
            await self._executor.run(partial(_close, stream, own))

    async def listen(
        self,
        turn_id: int,
        start_sample: int | None,
        on_quiet: Callable[[], None] | None,
        patience_seconds: float = 0.0,
    ) -> None:
        """Hear one sentence from `start_sample` on and post its end, or that nobody spoke.

        `on_quiet` is called once when the person says nothing right after the wake word; nobody
        has spoken after `patience_seconds`, or when they are 0 after the usual time. Raises
        DeviceLost when the microphone gives nothing any more.
        """
        begin = self._timeline.end if start_sample is None else start_sample
        endpointing = self._endpointing = self._open_endpointing(begin, patience_seconds)
        for chime in self._chimes:
            endpointing.ignore(*chime)
        async for found in self._endpoints(endpointing, begin, on_quiet, _DEAF_SECONDS):
            self._tell(turn_id, endpointing, found)

    async def follow(self) -> AsyncGenerator[Samples, None]:
        """The sentence that is being heard, from its first sample until now, again and again.

        Who takes long over one gets the next when he is done, with all that came meanwhile.
        """
        endpointing, cursor = self._endpointing, Cursor(self._timeline, FOLLOW_SAMPLES)
        while endpointing is not None and await cursor.next() is not None and not endpointing.over:
            yield self.utterance(self._begin(endpointing))
            cursor.position = self._timeline.end

    async def sound(self, start_sample: int) -> AsyncGenerator[Samples, None]:
        """What is heard from a sample on, as it comes, without a gap and without chimes."""
        cursor, begin = Cursor(self._timeline, _WAKE_BLOCK, start_sample), start_sample
        while await cursor.next() is not None:
            stop = cursor.position - _LATE_SAMPLES
            if stop > begin and not any(first < stop < last for first, last in self._chimes):
                yield self.utterance(begin, stop)
                begin = stop

    async def overhear(self) -> AsyncGenerator[Overheard, None]:
        """What is said from now on, pause by pause; nothing is posted."""
        begin = self._timeline.end
        while not self._timeline.closed:
            endpointing = self._open_endpointing(begin, 0.0)
            async with aclosing(self._endpoints(endpointing, begin)) as endpoints:
                async for found in endpoints:
                    begin = self._timeline.end
                    if isinstance(found, endpoint.SpeechEnded):
                        begin = found.stop_sample
                        samples = self._timeline.read(endpointing.padded_start, self._timeline.end)
                        yield Overheard(samples, endpointing.speech_start, found.stop_sample)
                        break

    async def talked_over(
        self, interruption: Interruption, residual: Callable[[], float | None]
    ) -> AsyncGenerator[Finding, None]:
        """Who speaks while the speaker does, from now on; nothing is posted.

        `residual`: level of our own voice expected in what is captured now, dB of full scale;
        None: it is silent.
        """
        begin = max(self._timeline.begin, self._timeline.end - _WARM_SAMPLES)
        for start in range(max(self._timeline.begin, begin - _ROOM_SAMPLES), begin, _LEVEL_SAMPLES):
            before = self._timeline.read(start, min(begin, start + _LEVEL_SAMPLES))
            interruption.recall(dbfs(before), len(before))
        cursor, stream = Cursor(self._timeline, self._vad.chunk_samples, begin), self._vad.open()
        while (block := await cursor.next()) is not None:
            probability = clock.work(partial(stream.probability, block))
            start, length = cursor.position - len(block), len(block)
            found = interruption.feed(Block(start, length, probability, dbfs(block), residual()))
            if found is not None:
                yield found

    async def _endpoints(
        self,
        endpointing: Endpointing,
        begin: int,
        on_quiet: Callable[[], None] | None = None,
        deaf_seconds: float | None = None,
    ) -> AsyncGenerator[endpoint.Endpoint, None]:
        cursor = Cursor(self._timeline, self._vad.chunk_samples, begin)
        stream = self._vad.open()
        quiet, syllables = True, Syllables()
        while not endpointing.over and (block := await _next(cursor, deaf_seconds)) is not None:
            probability = clock.work(partial(stream.probability, block))
            quiet = quiet and probability < _LOUD
            if quiet and on_quiet and cursor.position - begin >= _QUIET_SAMPLES:
                on_quiet()
                on_quiet = None
            for found in endpointing.feed(probability, len(block), syllables.feed(block)):
                yield found
        for found in endpointing.close():
            yield found

    def _woken(self, found: Detection) -> None:
        word = self._words.get(found.word)
        level, snr = self._loudness(found.end_sample)
        self._post(
            e.WakeWordDetected(
                word=found.word, score=found.score, end_sample=found.end_sample,
                level_dbfs=level, snr_db=snr,
                language=word.language if word else "", voice=word.voice if word else "",
                agent=word.agent if word else "",
                at=found.at_sample / RATE,
            )
        )  # fmt: skip

    def _loudness(self, end_sample: int) -> tuple[float, float]:
        """Level of a word that ended there in dBFS, and how far it stood out in dB."""
        word = self._timeline.read(max(0, end_sample - _WORD_SAMPLES), end_sample)
        before = max(0, end_sample - 2 * _WORD_SAMPLES)
        level = dbfs(word)
        return round(level, 1), round(
            level - dbfs(self._timeline.read(before, before + len(word))), 1
        )

    def ignore(self, start_sample: int, stop_sample: int) -> None:
        """Say that the speaker's own chime is in samples start..stop: it is never speech."""
        self._chimes = [*self._chimes[-7:], (start_sample, stop_sample)]
        if self._endpointing is not None:
            self._endpointing.ignore(start_sample, stop_sample)

    def judge(self, over: float | None, stop_sample: int | None = None) -> None:
        """Say how likely what was said up to the pause at `stop_sample` is all; None: unknown."""
        if self._endpointing is not None:
            self._endpointing.judge(over, stop_sample)

    def utterance(self, start_sample: int, stop_sample: int | None = None) -> Samples:
        """What was said from a sample on, to another one or until now, without the chime."""
        samples = self._timeline.read(start_sample, stop_sample or self._timeline.end)
        for start, stop in self._chimes:
            first, last = start - start_sample, stop - start_sample
            if 0 <= first < last <= len(samples):
                samples[first:last] = without_earcon(samples[first:last], Earcon.WAKE, RATE)
        return samples

    def _begin(self, endpointing: Endpointing) -> int:
        """Where the sentence begins: under the chime, when somebody spoke over it."""
        for start, stop in self._chimes:
            if 0 <= endpointing.speech_start - stop <= _SPOKE_OVER_SAMPLES:
                return endpointing.padded(start)
        return endpointing.padded_start

    def _tell(self, turn_id: int, endpointing: Endpointing, found: endpoint.Endpoint) -> None:
        at = self._timeline.seconds
        match found:
            case endpoint.SpeechStarted():
                self._post(e.SpeechStarted(turn_id=turn_id, at=at))
            case endpoint.SpeechEnded(stop_sample=stop):
                begin = self._begin(endpointing)
                paused = e.SpeechEnded(turn_id=turn_id, at=at, start_sample=begin, stop_sample=stop)
                self._post(paused)
            case endpoint.TurnEnded():
                self._post(
                    e.TurnEnded(
                        turn_id=turn_id, at=at, reason=found.reason,
                        start_sample=self._begin(endpointing), stop_sample=found.stop_sample,
                        speech_stop_sample=found.speech_stop_sample,
                        decided_sample=endpointing.position,
                    )
                )  # fmt: skip
            case endpoint.NoSpeech():
                self._post(e.NoSpeech(turn_id=turn_id, at=at))


def _listen_to_both(
    stream: WakeStream, block: Samples, own: OwnWords, played: Samples, start_sample: int
) -> Detection | None:
    own.hear(played, start_sample)
    return stream.feed(block)


def _close(stream: WakeStream, own: OwnWords) -> None:
    stream.close()
    own.close()


async def _next(cursor: Cursor, deaf_seconds: float | None) -> Samples | None:
    try:
        async with asyncio.timeout(deaf_seconds):
            return await cursor.next()
    except TimeoutError as error:
        raise DeviceLost(
            f"the microphone has given nothing for {deaf_seconds:g} s; see that it is plugged in"
        ) from error
