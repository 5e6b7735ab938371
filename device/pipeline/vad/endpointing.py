"""When a sentence begins and ends: speech probabilities in, events out, time counted in samples.

    waiting ── 80 % of the window is speech ──> suspected ── 250 ms of speech ──> speaking
       │  <───────── the window empties ───────────┘                      │      ^
       └── nobody speaks in time ──> over               64 ms of silence  │      │ 100 ms of speech
                                                                          v      │
                                                                          pausing ┘
    speaking, pausing ── longest turn ──> over           pausing ── enough silence ──> over

Within a chunk the machine steps every 2 ms, so that events fall on the same samples whatever the
size of the chunks. Ranges marked with `ignore` (the speaker's own chime) never count as speech.
"""

from collections import deque
from enum import Enum, auto

from device.audio.format import SAMPLES_PER_MS
from device.pipeline.vad.endpoint import (
    Endpoint,
    EndpointSettings,
    NoSpeech,
    Reason,
    SpeechEnded,
    SpeechStarted,
    TurnEnded,
)
from device.pipeline.vad.silence import SilenceRule, TurnSoFar, fixed

STEP_SAMPLES = 32
"""The machine's own step; it divides the chunks of every engine."""

_HYSTERESIS = 0.15
_LEAST_PAUSE = 150 * SAMPLES_PER_MS
"""Shorter gaps are closures inside of words: any sound ends them, and they tell nothing of how a
person pauses."""


class _Phase(Enum):
    WAITING = auto()
    SUSPECTED = auto()
    SPEAKING = auto()
    PAUSING = auto()
    OVER = auto()


class _Window:
    """Which of the newest steps were speech."""

    def __init__(self, samples: int) -> None:
        self._steps: deque[bool] = deque(maxlen=max(1, samples // STEP_SAMPLES))
        self.voiced = 0
        """Steps of speech it holds."""

    def push(self, voiced: bool) -> None:
        if len(self._steps) == self._steps.maxlen:
            self.voiced -= self._steps[0]
        self._steps.append(voiced)
        self.voiced += voiced

    def clear(self) -> None:
        self._steps.clear()
        self.voiced = 0

    @property
    def share(self) -> float:
        """Steps of speech out of a full window."""
        return self.voiced / (self._steps.maxlen or 1)

    def first_voiced(self, now: int) -> int:
        """Sample of the oldest speech it holds, when the next sample is `now`."""
        return now - (len(self._steps) - self._steps.index(True)) * STEP_SAMPLES


class Endpointing:
    """Finds one turn, from `begin_sample` on; make a new one for the next turn."""

    def __init__(
        self,
        settings: EndpointSettings | None = None,
        silence: SilenceRule | None = None,
        begin_sample: int = 0,
        usual_pauses: tuple[int, ...] = (),
    ) -> None:
        """`usual_pauses`: lengths in samples of those that the person made in the last turns."""
        self._settings = settings or EndpointSettings()
        self._silence = silence or fixed(800 * SAMPLES_PER_MS)
        self._begin = self._now = self._fed = begin_sample
        self._phase = _Phase.WAITING
        self._window = _Window(self._settings.window_ms * SAMPLES_PER_MS)
        self._ignored: list[tuple[int, int]] = []
        self._start = self._stop = begin_sample
        self._confirming = 0
        self._usual_pauses = usual_pauses
        self._pauses: tuple[int, ...] = ()
        self._syllables = 0
        self._verdict: float | None = None

    @property
    def over(self) -> bool:
        """True when the turn has ended and feeding does nothing more."""
        return self._phase is _Phase.OVER

    @property
    def position(self) -> int:
        """The sample that the next chunk begins with."""
        return self._fed

    @property
    def speech_start(self) -> int:
        """First sample of the speech, once some was confirmed."""
        return self._start

    @property
    def pauses(self) -> tuple[int, ...]:
        """Lengths in samples of the pauses that the person made and spoke on after."""
        return self._pauses

    @property
    def padded_start(self) -> int:
        """Where the turn's audio begins: never before the turn, never inside a chime."""
        chimes = [stop for _, stop in self._ignored if stop <= self._start]
        return max(self.padded(self._start), *chimes, 0)

    def padded(self, sample: int) -> int:
        """As much before a sample as there is before speech: it begins softly."""
        return max(self._begin, sample - self._settings.padding_ms * SAMPLES_PER_MS)

    def ignore(self, start_sample: int, stop_sample: int) -> None:
        """Say, before it is fed, that samples start..stop are not speech: our own chime."""
        self._ignored = [*self._ignored[-7:], (start_sample, stop_sample)]

    def judge(self, over: float | None, stop_sample: int | None = None) -> None:
        """Say how likely what was said up to the present pause is all; None: nobody knows.

        With the `stop_sample` of a pause it counts for no other pause than that one.
        """
        if stop_sample is None or stop_sample == self._stop:
            self._verdict = over

    def feed(self, probability: float, samples: int, syllables: int = 0) -> tuple[Endpoint, ...]:
        """Take the speech probability, 0 to 1, of the next `samples` samples.

        `syllables`: how many have passed in them; they tell how fast the person speaks.
        """
        told: list[Endpoint] = []
        self._fed += samples
        if self._phase is _Phase.SPEAKING:
            self._syllables += syllables
        while self._now + STEP_SAMPLES <= self._fed and not self.over:
            self._now += STEP_SAMPLES
            told.extend(self._step(self._is_speech(probability)))
        return tuple(told)

    def close(self) -> tuple[Endpoint, ...]:
        """The audio has ended: end the turn, or tell that there was none; idempotent."""
        if self.over:
            return ()
        if self._phase in (_Phase.SPEAKING, _Phase.PAUSING):
            return (self._end(Reason.CLOSED),)
        return (self._give_up(),)

    def _is_speech(self, probability: float) -> bool:
        if any(
            start < self._now and self._now - STEP_SAMPLES < stop for start, stop in self._ignored
        ):
            return False
        inside = self._phase in (_Phase.SPEAKING, _Phase.PAUSING)
        return probability >= self._settings.threshold - (_HYSTERESIS if inside else 0.0)

    def _step(self, voiced: bool) -> list[Endpoint]:
        self._window.push(voiced)
        match self._phase:
            case _Phase.WAITING:
                return self._wait()
            case _Phase.SUSPECTED:
                return self._confirm(voiced)
            case _Phase.SPEAKING:
                told = self._listen(voiced)
            case _:
                told = self._pause(voiced)
        if (
            not self.over
            and self._now - self.padded_start >= self._settings.max_ms * SAMPLES_PER_MS
        ):
            told.append(self._end(Reason.MAX_LENGTH))
        return told

    def _wait(self) -> list[Endpoint]:
        if self._window.share >= self._settings.start_share:
            self._start = self._window.first_voiced(self._now)
            self._confirming = (self._window.voiced - 1) * STEP_SAMPLES
            self._phase = _Phase.SUSPECTED
            return self._confirm(voiced=True)
        if self._now - self._begin >= self._settings.no_speech_ms * SAMPLES_PER_MS:
            return [self._give_up()]
        return []

    def _confirm(self, voiced: bool) -> list[Endpoint]:
        self._confirming += STEP_SAMPLES * voiced
        if self._confirming >= self._settings.min_speech_ms * SAMPLES_PER_MS:
            self._phase, self._stop = _Phase.SPEAKING, self._now
            return [SpeechStarted(self._start)]
        if self._window.share <= 1.0 - self._settings.start_share:
            self._phase = _Phase.WAITING
        return []

    def _listen(self, voiced: bool) -> list[Endpoint]:
        if voiced:
            self._stop = self._now
        elif self._now - self._stop >= self._settings.pause_ms * SAMPLES_PER_MS:
            self._phase, self._verdict = _Phase.PAUSING, None
            self._window.clear()
            return [SpeechEnded(self._stop), *self._pause(voiced)]
        return []

    def _pause(self, voiced: bool) -> list[Endpoint]:
        closure = voiced and self._now - self._stop < _LEAST_PAUSE
        enough = self._settings.resume_ms * SAMPLES_PER_MS
        if closure or self._window.voiced * STEP_SAMPLES >= enough:
            resumed = self._window.first_voiced(self._now)
            if resumed - self._stop >= _LEAST_PAUSE:
                self._pauses = (*self._pauses, resumed - self._stop)
            self._phase, self._stop = _Phase.SPEAKING, self._now
            return [SpeechStarted(resumed)]
        if not voiced and self._now - self._stop >= self._silence(self._so_far()):
            return [self._end(Reason.SILENCE)]
        return []

    def _so_far(self) -> TurnSoFar:
        spoken = self._stop - self._start - sum(self._pauses)
        pauses = (*self._usual_pauses, *self._pauses)
        return TurnSoFar(spoken, pauses, self._verdict, self._syllables)

    def _end(self, reason: Reason) -> TurnEnded:
        self._phase = _Phase.OVER
        start, padding = self.padded_start, self._settings.padding_ms * SAMPLES_PER_MS
        stop = min(self._now, self._stop + padding, start + self._settings.max_ms * SAMPLES_PER_MS)
        return TurnEnded(start, stop, self._start, min(self._stop, stop), reason)

    def _give_up(self) -> NoSpeech:
        self._phase = _Phase.OVER
        return NoSpeech(self._now)
