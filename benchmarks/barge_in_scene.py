"""Replies that are interrupted in real time on the virtual sound card, and what became of them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.corpus import random_manner
from benchmarks.rooms import Room
from benchmarks.scenario import live
from benchmarks.scenario.account import Account, Happening, Sound
from benchmarks.scenario.judge import TOLD_SECONDS
from benchmarks.scenario.script import Cue, Scenario, Sought, Speech
from benchmarks.scenario.sound import ducked_ms, silent_ms, sounded
from benchmarks.scenario.voices import Sounds, prepare
from benchmarks.soundcard import RATE, SoundCard
from device.audio.format import Samples
from device.audio.level import to_samples
from device.audio.resample import resample

KINDS: Final = ("wake_word", "stop_word", "speech", "button", "mqtt")
"""What interrupts."""
SPOKEN: Final = KINDS[:3]
_SENTENCES: Final = (
    "turn off the kitchen light", "actually set a timer for ten minutes",
    "no what time is it in the kitchen", "stop that and turn on the kitchen light",
)  # fmt: skip
_CONFIRMED: Final[dict[str, Sought]] = {
    "wake_word": Sought(event="wake_word_detected"),
    "stop_word": Sought(event="stop_requested", fields={"by": "voice"}),
    "speech": Sought(event="interrupted", fields={"by": "speech"}),
    "button": Sought(event="button_pressed"),
    "mqtt": Sought(event="interrupted", fields={"by": "mqtt"}),
}
_LOUD_AGAIN: Final = ("speech_rejected", "playback_finished")
_ANY: Final = tuple(_CONFIRMED.values())
_HELP: Final = "what can you do"
_LEAD: Final = (0.7, 1.7)
_WAIT: Final = {"wake_word": 1.5, "stop_word": 1.5, "speech": 1.8, "button": 0.5, "mqtt": 0.4}
_REST_SECONDS: Final = 0.8
_PATIENCE_SECONDS: Final = 3.0
_RESTORED_SECONDS: Final = 1.0
"""A reply that was ducked is as loud as before after so long."""
_LOOK_SECONDS: Final = 0.6
_WHOLE_SECONDS: Final = 14.0
_SEARCH_SECONDS: Final = 1.0
_CARD_TRIALS: Final = 8
_EARLY_SECONDS: Final = 0.1
"""A recording is stamped so much too early at most."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One reply that somebody interrupted; milliseconds, None where it did not happen."""

    kind: str
    ducked_ms: float | None
    """From the onset of the voice at the microphone."""
    confirmed_ms: float | None
    """The same, to the event that confirms."""
    silent_ms: float | None
    """From that event; None too where the reply just paused."""
    stopped_alone: bool = False
    """It stopped before anybody spoke."""
    ducked_alone: bool = False
    """It was soft when somebody spoke."""


@dataclass(frozen=True, slots=True)
class Session:
    """One speaker in one room, and the replies that were interrupted."""

    trials: tuple[Trial, ...]
    holes: bool
    """The machine was too busy to play without holes."""


def session(room: Room, kinds: Sequence[str], each: int, seed: int, mode: str) -> Session:
    """Interrupt so many replies by each kind. Raises DeviceError where no speaker starts."""
    scene = _scene(room, [kind for _ in range(each) for kind in kinds], seed, mode)
    account = live.play(scene, Path(), stamped=True)
    trials = tuple(judged(scene, account, prepare(scene, Path()), mode))
    return Session(trials, bool(account.troubles))


def card_latencies(card: SoundCard) -> list[float]:
    """Seconds from the end of a program that plays to silence on the captured sink.

    Below 0 where the recording stamps what the card takes ahead with the time at which it does.
    """
    rng = np.random.default_rng(1)
    noise = (rng.uniform(-0.3, 0.3, 3 * RATE) * 32_767).astype(np.int16)
    late = []
    with card.recording("spk") as recording:
        for _ in range(_CARD_TRIALS):
            playing = card.play("spk", noise)
            time.sleep(1.0 + float(rng.uniform(0, 0.1)))
            playing.kill()
            ended = time.monotonic()
            playing.wait(5)
            time.sleep(0.5)
            heard = Sound(recording.samples, RATE, recording.began_at)
            last = _last_sound_ms(heard, ended, ended + 0.45)
            if last is not None:
                late.append(last / 1_000)
    return late


def _scene(room: Room, kinds: Sequence[str], seed: int, mode: str) -> Scenario:
    rng = np.random.default_rng(seed)
    script: list[Cue] = []
    for number, kind in enumerate(kinds):
        script += _cues(number, kind, rng, whole=mode == "off")
    values: dict[str, Any] = {"audio": {"earcons": False}, "barge_in": {"mode": mode}}
    return Scenario(
        name="barge-in", shows="Replies are interrupted.", room=room, config=values,
        script=tuple(script), patience=_PATIENCE_SECONDS if mode != "off" else _WHOLE_SECONDS,
    )  # fmt: skip


def _cues(number: int, kind: str, rng: np.random.Generator, *, whole: bool) -> Iterator[Cue]:
    """A reply, what is done over it, and rest."""
    yield Cue(ask=_HELP, delay=_REST_SECONDS)
    lead, name = float(rng.uniform(*_LEAD)), f"{kind}-{number}"
    over: dict[str, Any] = {"after": "playback_started", "delay": lead, "as": name}
    if kind in SPOKEN:
        over["say"] = Speech(text=_text(kind, number), voice=_voice(kind, rng))
    else:
        over["command"] = "press" if kind == "button" else "interrupt"
    yield Cue.model_validate(over)
    if whole:
        yield Cue(after=Sought(event="playback_finished"), command="stop")
    else:
        yield Cue(delay=_WAIT[kind], command="stop")


def _text(kind: str, number: int) -> str:
    texts = {"wake_word": "hey jarvis", "stop_word": "stop"}
    return texts.get(kind, _SENTENCES[number % len(_SENTENCES)])


def _voice(kind: str, rng: np.random.Generator) -> str:
    """A voice of its own; single words in the one that is understood reliably."""
    return random_manner(rng).voice if kind == "speech" else "en-us"


def judged(scene: Scenario, account: Account, sounds: Sounds, mode: str) -> Iterator[Trial]:
    """What became of each reply of a scene; `mode` off: listened to until the reply has ended."""
    look = _WHOLE_SECONDS if mode == "off" else _LOOK_SECONDS
    for cue in scene.script:
        if cue.name in account.marks:
            (at,) = account.marks[cue.name]
            kind = cue.name.rpartition("-")[0]
            if cue.say:
                spoken = sounds[cue.say]
                at = _onset(account.heard, to_samples(spoken.sound[spoken.begin :]), at)
            yield _trial(kind, at, account, look)


def _onset(heard: Sound, said: Samples, about: float) -> float:
    """When a voice really reached the microphone: where it fits best."""
    start = about - _SEARCH_SECONDS / 2
    known = resample(said, 16_000, RATE)[: RATE // 2].astype(np.float32)
    window = heard.between(start, about + _SEARCH_SECONDS / 2 + len(known) / RATE)
    size = 1 << (len(window) + len(known)).bit_length()
    spectrum = np.fft.rfft(window.astype(np.float32), size) * np.conj(np.fft.rfft(known, size))
    fit = np.fft.irfft(spectrum, size)[: int(_SEARCH_SECONDS * RATE)]
    return start + int(np.argmax(fit)) / RATE


def _trial(kind: str, at: float, account: Account, look: float) -> Trial:
    """What the reply did after the moment `at`."""
    played = account.played
    if _stopped(account, at):
        return Trial(kind, None, None, None, stopped_alone=True)
    ends = [one for one in account.happenings if any(one.fits(sought) for sought in _ANY)]
    first = next((one for one in ends if at < one.at < at + look + 1.0), None)
    until = at + look if first is None else min(at + look, first.at + _LOOK_SECONDS)
    again = (one.at for one in account.happenings if one.told["event"] == "playback_started")
    until = min((until, *(one - TOLD_SECONDS for one in again if one > at)))
    ducked = ducked_ms(played, at, until) if kind in SPOKEN else None
    trial = Trial(kind, ducked, None, None, ducked_alone=_soft(account, at))
    if first is None or not first.fits(_CONFIRMED[kind]):
        return trial
    late = (first.at - at) * 1_000
    return replace(trial, confirmed_ms=late, silent_ms=_silent(first, played))


def _soft(account: Account, at: float) -> bool:
    """Whether the reply was ducked at a moment, or not yet as loud as before."""
    told = [(one.at, one.told["event"]) for one in account.happenings if one.at < at]
    suspected = max((when for when, name in told if name == "speech_suspected"), default=0.0)
    ended = [when for when, name in told if name in _LOUD_AGAIN and when >= suspected]
    return suspected > 0 and (not ended or at < min(ended) + _RESTORED_SECONDS)


def _stopped(account: Account, at: float) -> bool:
    """Whether the reply that is heard at a moment was stopped before it."""
    started = max((one.at for one in account.happenings if one.at < at
                   and one.told["event"] == "playback_started"), default=at)  # fmt: skip
    between = [one for one in account.happenings if started <= one.at < at]
    return any(one.fits(_CONFIRMED[kind]) for one in between for kind in SPOKEN)


def _silent(confirmed: Happening, played: Sound) -> float | None:
    """Milliseconds from the event to silence; None where nothing was heard before it."""
    at = confirmed.at
    return _last_sound_ms(played, at, at + _LOOK_SECONDS) if sounded(played, at) else None


def _last_sound_ms(played: Sound, at: float, until: float) -> float | None:
    """Milliseconds from a moment to the last sound, below 0 before it; None: it went on."""
    late = silent_ms(played, at - _EARLY_SECONDS, until)
    return None if late is None else late - _EARLY_SECONDS * 1_000
