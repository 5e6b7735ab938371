"""Double-talk: what is understood of somebody who talks over a reply.

The reply goes on as loud as it was, or falls as the speaker lets it once it suspects somebody, as
late as that comes at most in nineteen of twenty cases. The rooms are dry enough (0.2 to 0.4 s) for
what is said to be understood in silence, and the microphone is set so that a person who is louder
than the echo does not clip it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np

from benchmarks.aec_erle import Open, median_interval
from benchmarks.commands import COMMAND_SETS, Bench
from benchmarks.corpus import speech_bounds
from benchmarks.echo_rivals import NoCanceller, PlainWebrtc
from benchmarks.echo_scene import cleaned, scene
from benchmarks.recordings import Recording, recordings
from benchmarks.replies import reply
from benchmarks.report import Figure, wilson
from benchmarks.rooms import Room, echo, random_room, voice
from benchmarks.wake_track import Rig
from device.audio.files import read_sound
from device.audio.format import RATE, Samples, Signal
from device.audio.level import FADE_SECONDS, Glide, amplitude, to_signal
from device.pipeline.playback import DUCK_DB

RATIOS_DB: Final = (6, 0, -6)
"""Level of the person over that of the echo, at the microphone."""
WAKE_WORD: Final = "alexa"
"""The word that most people say in the recordings."""

_TALK_AT: Final = 4.0
_AFTER_SECONDS: Final = 0.8
_PLAY_AT: Final = 0.3
_DUCKED_SECONDS: Final = 0.2
"""Time from somebody's first sound to the reply ducked, 95 % of the time at most."""
_TRIED: Final = 5
"""Commands that are tried at most for one that is understood."""
_WINDOW: Final = 512
_HEADROOM_DB: Final = 8.0
_TARGET: Final = 0.9
_WORDS: Final = {0: "0db", 6: "plus_6db", -6: "minus_6db"}

_Row = TypeVar("_Row")
_Heard = Mapping[tuple[str, int], bool]
Understood = Callable[[Samples], bool]
"""Whether what was said is understood in a cleaned recording."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One recording said over a reply; None where it was not tried."""

    silence: bool
    """Understood while nothing was played."""
    heard: dict[tuple[str, int], bool] = field(default_factory=dict)
    """Understood, by canceller and ratio in dB."""
    ducked: dict[tuple[str, int], bool] = field(default_factory=dict)
    """The same over a reply that is ducked."""
    kept_db: dict[tuple[str, int], float] = field(default_factory=dict)
    """Level of the person's voice behind the canceller over that before it."""


def command_talks(open_ours: Open, most: int, ratios: Sequence[int]) -> Iterator[Talk]:
    """Recorded commands, through the command recogniser, each in a room of its own.

    It ends when so many were understood in silence.
    """
    bench = Bench()
    threshold = bench.config.stt.command_threshold
    wanted = [(row, bench.wanted(row)) for row in recordings(*COMMAND_SETS)]
    known = [(row, meaning) for row, meaning in wanted if meaning is not None]
    missing = most
    for number, (row, meaning) in enumerate(spread(known, _TRIED * most)):
        if not missing:
            return

        def understood(samples: Samples, meaning: object = meaning) -> bool:
            told = bench.recogniser.hear(samples[int((_TALK_AT - 0.3) * RATE) :])
            return told.confidence >= threshold and bench.meaning(told.text) == meaning

        talk = _talk(open_ours, row, 100 + number, ratios, understood)
        missing -= talk.silence
        yield talk


def wake_talks(open_ours: Open, most: int, ratios: Sequence[int]) -> Iterator[Talk]:
    """Recorded wake words, through the wake cascade."""
    rig = Rig({WAKE_WORD: None})

    def understood(samples: Samples) -> bool:
        track = rig.listen("cascade", samples)
        return any(one.detection.at_sample > _TALK_AT * RATE for one in track.heard)

    human = [row for row in recordings(f"wake_{WAKE_WORD}") if row.origin == "human"]
    for number, row in enumerate(spread(human, most)):
        yield _talk(open_ours, row, 150 + number, ratios, understood)


def talk_figures(name: str, talks: Sequence[Talk], ratios: Sequence[int]) -> Iterator[Figure]:
    """Shares of those understood in silence, ours beside none and beside plain WebRTC."""
    known = [talk for talk in talks if talk.silence]
    yield _share(f"{name}_in_silence", [talk.silence for talk in talks])
    for ratio in ratios:
        figure = f"{name}_over_reply_{_WORDS[ratio]}"
        plain = [talk.heard for talk in known]
        yield _beside_none(figure, plain, ratio)
        if ratio == 0:
            beside = "WebRTC's chain as it comes (echo cancellation, high-pass)"
            ours, theirs = (_outcomes(plain, rival, ratio) for rival in ("ours", "webrtc"))
            yield _share(f"{figure}_beside_webrtc", ours, None, theirs, beside)
            yield from _kept(f"{name}_voice_kept_at_{_WORDS[ratio]}", known, ratio, beside)
        yield _beside_none(
            f"{name}_over_ducked_reply_{_WORDS[ratio]}", [talk.ducked for talk in known], ratio
        )


def kept_db(person: Signal, out: Signal) -> float:
    """How much of a voice is left in a mixture, dB: the power of what is coherent with it.

    From the cross-spectrum, averaged over windows of 32 ms where somebody speaks.
    """
    at = np.arange(0, min(len(person), len(out)) - _WINDOW, _WINDOW // 2)[:, None]
    frames = at + np.arange(_WINDOW)[None, :]
    shape = np.hanning(_WINDOW)
    voice_spectra = np.fft.rfft(person[frames] * shape, axis=1)
    out_spectra = np.fft.rfft(out[frames] * shape, axis=1)
    own = np.sum(np.abs(voice_spectra) ** 2, axis=0)
    shared = np.abs(np.sum(np.conj(voice_spectra) * out_spectra, axis=0)) ** 2
    return 10 * float(np.log10(np.sum(shared / own) / np.sum(own)))


def spread(rows: Sequence[_Row], most: int) -> list[_Row]:
    """At most so many, from all over the list."""
    step = max(1.0, len(rows) / most)
    return [rows[int(at * step)] for at in range(min(most, len(rows)))]


def _beside_none(name: str, heard: Sequence[_Heard], ratio: int) -> Figure:
    ours, none = (_outcomes(heard, rival, ratio) for rival in ("ours", "none"))
    return _share(name, ours, _TARGET if ratio == 0 else None, none, "no echo cancellation")


def _outcomes(heard: Sequence[_Heard], rival: str, ratio: int) -> list[bool]:
    return [one[rival, ratio] for one in heard]


def _kept(name: str, talks: Sequence[Talk], ratio: int, beside: str) -> Iterator[Figure]:
    if not talks:
        return
    ours = [talk.kept_db["ours", ratio] for talk in talks]
    theirs = [talk.kept_db["webrtc", ratio] for talk in talks]
    yield Figure(
        name,
        float(np.median(ours)),
        "dB",
        "higher",
        len(ours),
        baseline=float(np.median(theirs)),
        baseline_is=beside,
        interval=median_interval(ours),
    )


def _talk(
    open_ours: Open, row: Recording, seed: int, ratios: Sequence[int], understood: Understood
) -> Talk:
    room = random_room(seed)
    dry = 0.2 + 0.01 * (seed % 20)
    weaker = room.coupling_db - _HEADROOM_DB
    room = replace(room, reverberation_seconds=dry, coupling_db=weaker)
    recorded = read_sound(row.path)
    said = _said(room, recorded)
    seconds = len(said) / RATE
    far = reply(seed, seconds - _PLAY_AT)
    level = _level_of_echo(room, far, said)
    quiet = scene(room, far[:0], 0.0, seconds, level * said)
    if not understood(cleaned(open_ours(), quiet)):
        return Talk(False)
    talk = Talk(True)
    softer = _ducked(far, _TALK_AT + speech_bounds(recorded)[0] / RATE)
    for ratio in ratios:
        person = level * np.float32(10 ** (ratio / 20)) * said
        loud = scene(room, far, _PLAY_AT, seconds, person)
        ducked = scene(room, softer, _PLAY_AT, seconds, person)
        for name, opened in _rivals(open_ours, ratio).items():
            out = cleaned(opened(), loud)
            talk.heard[name, ratio] = understood(out)
            talk.kept_db[name, ratio] = kept_db(person, to_signal(out))
            if opened is not PlainWebrtc:
                talk.ducked[name, ratio] = understood(cleaned(opened(), ducked))
    return talk


def _ducked(far: Samples, onset: float) -> Samples:
    """A reply that falls by `DUCK_DB` soon after somebody has begun to speak at `onset`."""
    first = int((onset + _DUCKED_SECONDS - _PLAY_AT) * RATE)
    glide = Glide()
    glide.to(amplitude(DUCK_DB), int(FADE_SECONDS * RATE))
    return np.concatenate((far[:first], glide.feed(far[first:])))


def _rivals(open_ours: Open, ratio: int) -> dict[str, Open]:
    """WebRTC's chain is tried at 0 dB only: each trial costs seconds."""
    beside: dict[str, Open] = {"webrtc": PlainWebrtc} if ratio == 0 else {}
    return {"ours": open_ours, "none": NoCanceller, **beside}


def _said(room: Room, clean: Samples) -> Signal:
    """The recording in the room, `_TALK_AT` seconds of silence before it, scaled to RMS 1."""
    start, stop = speech_bounds(clean)
    before = np.zeros(int(_TALK_AT * RATE), np.int16)
    after = np.zeros(int(_AFTER_SECONDS * RATE), np.int16)
    heard = voice(room, np.concatenate((before, clean, after)))
    loud = heard[len(before) + start : len(before) + stop]
    return np.asarray(heard / np.sqrt(np.mean(loud**2)), np.float32)


def _level_of_echo(room: Room, far: Samples, said: Signal) -> np.float32:
    """RMS of the echo while the recording is heard, full scale 1."""
    first = int((_TALK_AT - _PLAY_AT) * RATE)
    part = echo(room, far)[first : first + len(said) - int((_TALK_AT + _AFTER_SECONDS) * RATE)]
    return np.float32(np.sqrt(np.mean(part**2)))


def _share(
    name: str,
    outcomes: Sequence[bool],
    target: float | None = None,
    baseline: Sequence[bool] | None = None,
    baseline_is: str | None = None,
) -> Figure:
    n = len(outcomes)
    return Figure(
        name,
        sum(outcomes) / max(1, n),
        "share",
        "higher",
        n,
        target=target,
        baseline=None if baseline is None else sum(baseline) / max(1, n),
        baseline_is=baseline_is,
        interval=wilson(sum(outcomes), n),
    )
