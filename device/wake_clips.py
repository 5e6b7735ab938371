"""Learns from wake words: what came of each, and, where people want it, what it sounded like.

The counts are always kept, without sound and without times of day, so that `parlor wake` can tell
how often a word is heard that nobody said. With [wake] keep_clips = N the last N wake words are
kept as recordings too, of 1.5 s before their end to 0.5 s after it, each with a line of JSON in
clips.jsonl: time, word, score, threshold, outcome, clip. Only the speaker's own user can read them.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from device import events as e
from device import wake_files
from device.audio.format import RATE
from device.audio.timeline import Timeline
from device.bus import Subscription
from device.executor import Executor
from device.pipeline.wake import tally
from device.pipeline.wake.tally import Outcome, Tally, WakeReport
from device.tasks import end

BEFORE_SAMPLES: Final = RATE * 3 // 2
AFTER_SAMPLES: Final = RATE // 2
REPORTED_WITHIN_SECONDS: Final = 60.0
"""How long after it ended a wake can be called false."""

_SAVE_SECONDS: Final = 600.0


@dataclass(slots=True)
class _Wake:
    """One wake word and what came of it."""

    word: str
    score: float
    threshold: float
    time: float
    """Seconds since 1970."""
    end_sample: int
    """First sample after the word."""
    outcome: Outcome | None = None
    """None: it is not known yet."""
    answered: bool = False
    """Words were recognised after it."""
    ended: float = 0.0
    """Loop time at which the outcome was known."""

    @property
    def clip(self) -> str:
        word = re.sub("[^A-Za-z0-9_-]", "_", self.word)
        return f"{round(self.time * 1000)}-{self.end_sample}-{word}.wav"

    def as_dict(self) -> dict[str, Any]:
        return {
            "time": round(self.time, 3), "word": self.word, "score": round(self.score, 3),
            "threshold": round(self.threshold, 3), "outcome": str(self.outcome), "clip": self.clip,
        }  # fmt: skip


def wakes_folder(state: Path) -> Path:
    """Where everything is, inside the state folder."""
    return state / "wakes"


def report(folder: Path) -> WakeReport:
    """How the wake words do, from what was kept in `folder`."""
    return tally.report(wake_files.read_tally(folder))


class WakeClips:
    """Follows the bus."""

    def __init__(
        self, folder: Path, keep: int, timeline: Timeline, events: Subscription,
        threshold: Callable[[str], float], muted: Callable[[], bool], executor: Executor,
    ) -> None:  # fmt: skip
        """`keep`: how many clips; `threshold` of a word and `muted` are asked when they matter."""
        self._folder = folder
        self._keep = keep
        self._timeline = timeline
        self._events = events
        self._threshold = threshold
        self._muted = muted
        self._executor = executor
        self._tally = Tally()
        self._wakes: deque[_Wake] = deque(maxlen=2)
        self._lines: deque[dict[str, Any]] = deque(maxlen=keep)
        self._gone: list[str] = []
        self._counted = timeline.end - timeline.missing_samples
        self._was_muted = muted()
        self._clips: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Learn until cancelled or until the bus closes."""
        await self._executor.run(self._load)
        saving = asyncio.create_task(self._save_often(), name="wake tally")
        try:
            async for event in self._events:
                if self._take(event):
                    await self._save()
        finally:
            await end(saving, *self._clips)
            await self._save()

    def _take(self, event: e.Event) -> bool:
        """Whether something is known now that was not before."""
        match event:
            case e.WakeWordDetected():
                known = self._decide(Outcome.CUT)
                self._begin(event)
                return known
            case e.FinalTranscript() if self._open is not None:
                self._open.answered = True
            case e.IntentRecognized():
                return self._decide(Outcome.COMMAND)
            case e.NoSpeech():
                return self._decide(Outcome.NOTHING)
            case e.BidLost() | e.UtteranceGiven():
                return self._decide(Outcome.CUT)
            case e.StateChanged(new=e.TurnState.IDLE) if self._open is not None:
                return self._decide(Outcome.NOTHING if self._open.answered else Outcome.CUT)
            case e.FalseWakeReported(by=by):
                return self._report(by)
            case e.Purged(before=before):
                return self._forget(before)
            case e.MuteChanged():
                self._listened()
        return False

    @property
    def _open(self) -> _Wake | None:
        """The wake of which it is not known yet what comes of it."""
        last = self._wakes[-1] if self._wakes else None
        return last if last is not None and last.outcome is None else None

    def _begin(self, event: e.WakeWordDetected) -> None:
        end_sample = event.end_sample or round(event.at * RATE)
        wake = _Wake(event.word, event.score, self._threshold(event.word), time.time(), end_sample)
        self._wakes.append(wake)
        if self._keep:
            clip = asyncio.create_task(self._record(wake), name="wake clip")
            self._clips.add(clip)
            clip.add_done_callback(self._clips.discard)

    def _decide(self, outcome: Outcome) -> bool:
        wake = self._open
        if wake is None:
            return False
        wake.outcome, wake.ended = outcome, asyncio.get_running_loop().time()
        self._tally = self._tally.add(wake.word, wake.score, outcome)
        if self._keep and len(self._lines) == self._keep:
            self._gone.append(self._lines[0]["clip"])
        self._lines.append(wake.as_dict())
        return True

    def _report(self, by: str) -> bool:
        """Find the wake that somebody means, and count it as false."""
        if self._decide(Outcome.FALSE_WAKE):
            return True
        now = asyncio.get_running_loop().time()
        wakes = [wake for wake in self._wakes if now - wake.ended <= REPORTED_WITHIN_SECONDS]
        if by == "voice" and len(wakes) > 1 and wakes[0].outcome is not Outcome.COMMAND:
            # Who says so has woken the speaker to say it.
            wakes = wakes[:1]
        if not wakes or wakes[-1].outcome is Outcome.FALSE_WAKE:
            return False
        wake = wakes[-1]
        assert wake.outcome is not None
        known = self._tally.add(wake.word, wake.score, wake.outcome, -1)
        wake.outcome = Outcome.FALSE_WAKE
        self._tally = known.add(wake.word, wake.score, wake.outcome)
        for line in self._lines:
            if line["clip"] == wake.clip:
                line["outcome"] = str(wake.outcome)
        return True

    def _forget(self, before: float | None) -> bool:
        """Forget what was learned, or only the clips that are older than `before`."""
        if before is None:
            self._tally = Tally()
            self._wakes.clear()
            for clip in self._clips:
                clip.cancel()
        old = [line for line in self._lines if before is None or line.get("time", 0.0) < before]
        self._gone += [line["clip"] for line in old]
        self._lines = deque((line for line in self._lines if line not in old), self._keep)
        return True

    def _listened(self) -> None:
        """Count what was captured since the last time, unless the microphone was muted."""
        captured = self._timeline.end - self._timeline.missing_samples
        if not self._was_muted:
            self._tally = self._tally.listened((captured - self._counted) / RATE)
        self._counted, self._was_muted = captured, self._muted()

    async def _record(self, wake: _Wake) -> None:
        start, stop = wake.end_sample - BEFORE_SAMPLES, wake.end_sample + AFTER_SAMPLES
        while self._timeline.end < stop and not self._timeline.closed:
            await self._timeline.grown()
        samples = self._timeline.read(start, stop)
        await self._executor.run(partial(wake_files.write_clip, self._folder / wake.clip, samples))

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_SECONDS)
            await self._save()

    async def _save(self) -> None:
        self._listened()
        lines, gone = [dict(line) for line in self._lines], self._gone
        self._gone = []
        counts = self._tally.as_dict()
        await self._executor.run(partial(wake_files.write, self._folder, counts, lines, gone))

    def _load(self) -> None:
        self._tally = wake_files.read_tally(self._folder)
        self._lines = deque(wake_files.read_lines(self._folder), self._keep)
        kept = {line["clip"] for line in self._lines}
        wake_files.remove(path for path in self._folder.glob("*.wav") if path.name not in kept)
        if not self._keep:
            wake_files.remove([self._folder / wake_files.LINES])
