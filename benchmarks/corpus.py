"""Generated speech with known boundaries: voices x noises x rooms, chosen by seed.

The one labeller of all benches is here: end of speech is the last speech sample of the clean clip
before a room, noise and silence are added.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import acoustics
from benchmarks.espeak import ACCENTS, VARIANTS, Manner, speak
from device.audio.format import RATE, Samples, Signal

_WINDOW: Final = RATE // 100
_SPEECH_FLOOR_DB: Final = -45.0
"""Quieter than this below the loudest 10 ms of a clean clip is no longer speech."""
_JOINTS: Final = ("the", "a", "and", "of", "to", "in", "that", "with", "for", "on", "as", "from")


def speech_bounds(clean: Samples) -> tuple[int, int]:
    """First speech sample of a clean clip and the one after the last; (0, 0) without speech."""
    windows = len(clean) // _WINDOW
    if windows == 0:
        return (0, 0)
    blocks = clean[: windows * _WINDOW].reshape(windows, _WINDOW).astype(np.float64)
    level = np.sqrt(np.mean(blocks**2, axis=1))
    loud = np.flatnonzero(level > max(1.0, level.max() * 10 ** (_SPEECH_FLOOR_DB / 20)))
    if len(loud) == 0:
        return (0, 0)
    return (int(loud[0]) * _WINDOW, (int(loud[-1]) + 1) * _WINDOW)


def end_of_speech(clean: Samples) -> int:
    """The labeller: number of the sample after the last speech sample of a clean clip."""
    return speech_bounds(clean)[1]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where something is said."""

    noise: str = ""
    """One of `acoustics.NOISES`, or empty for silence."""
    snr_db: float = 20.0
    """Speech power over noise power, both where speech is."""
    reverberation_seconds: float = 0.0
    """0: no room."""
    level_dbfs: float = -26.0
    """RMS of the speech."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Clip:
    """A generated recording and the truth about it."""

    samples: Samples
    """What the microphone hears."""
    text: str
    manner: Manner
    scene: Scene
    speech_start: int
    """First speech sample."""
    speech_end: int
    """The sample after the last one, by the labeller."""
    word_starts: tuple[int, ...]
    """First sample of every word."""
    wake_stop: int = 0
    """The sample after the last speech sample of the wake word, where the clip has one."""
    wake_end: int = 0
    """First sample of what follows the wake word; without a pause the same as `wake_stop`."""


def random_manner(rng: np.random.Generator) -> Manner:
    """Some English voice, speed, pitch and intonation."""
    voice = f"{rng.choice(ACCENTS)}+{rng.choice(VARIANTS)}"
    return Manner(voice, *(int(rng.integers(*r)) for r in ((110, 191), (20, 81), (30, 71))))


def random_scene(rng: np.random.Generator) -> Scene:
    """Noise of any kind (or none) at 5 to 25 dB, a room up to 0.6 s, -36 to -20 dBFS."""
    return Scene(
        str(rng.choice(("", *acoustics.NOISES))),
        float(rng.uniform(5, 25)),
        float(rng.choice((0.0, rng.uniform(0.15, 0.6)))),
        float(rng.uniform(-36, -20)),
        int(rng.integers(1 << 30)),
    )


def say(
    text: str,
    manner: Manner | None = None,
    scene: Scene | None = None,
    before_seconds: float = 1.0,
    after_seconds: float = 1.5,
    wake_words: int = 0,
) -> Clip:
    """Generate one clip; `wake_words` says how many words at its start are the wake word."""
    manner, scene = manner or Manner(), scene or Scene()
    spoken = speak(text, manner)
    lead = int(before_seconds * RATE)
    start, end = speech_bounds(spoken.samples)
    starts = tuple(lead + at for at in spoken.word_starts)
    wake_stop = wake_end = 0
    if wake_words:
        wake_end = starts[wake_words] if wake_words < len(starts) else lead + end
        wake_stop = lead + end_of_speech(spoken.samples[: wake_end - lead])
    heard = hear(spoken.samples, scene, lead, int(after_seconds * RATE))
    return Clip(heard, text, manner, scene, lead + start, lead + end, starts, wake_stop, wake_end)


def hear(clean: Samples, scene: Scene, before: int, after: int) -> Samples:
    """A clean clip as the microphone in the scene hears it, with sound of the scene around it."""
    rng = np.random.default_rng(scene.seed)
    dry = clean.astype(np.float32)
    start, end = speech_bounds(clean)
    wet = acoustics.reverberate(dry, acoustics.room_response(rng, scene.reverberation_seconds))
    body = np.zeros(before + len(clean) + after, dtype=np.float32)
    place = body[before:]
    place[: len(wet)] = wet[: len(place)]
    loud = body[before + start : before + end]
    level = float(np.sqrt(np.mean(loud**2))) if len(loud) else 0.0
    wanted = 32768 * 10 ** (scene.level_dbfs / 20)
    body *= wanted / level if level else 0.0
    if scene.noise:
        body += wanted * 10 ** (-scene.snr_db / 20) * background(scene.noise, len(body), rng)
    return to_samples(body)


def background(kind: str, samples: int, rng: np.random.Generator) -> Signal:
    """Noise of any kind of `acoustics.NOISES` with RMS 1."""
    if kind != "babble":
        return acoustics.noise(kind, samples, rng)
    made = np.zeros(samples, dtype=np.float32)
    for _ in range(4):
        voice = _babbler(int(rng.integers(8)))
        made += np.roll(np.resize(voice, samples), int(rng.integers(samples)))
    return np.asarray(made / (np.sqrt(np.mean(made**2)) + 1e-9), dtype=np.float32)


@cache
def _babbler(seed: int) -> Signal:
    """One voice reading about eight seconds of words without meaning."""
    rng = np.random.default_rng(1000 + seed)
    return speak(sentence(rng, 22), random_manner(rng)).samples.astype(np.float32)


def to_samples(signal: Signal) -> Samples:
    """Float in int16 units to int16, clipped."""
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)


def sentence(rng: np.random.Generator, words: int) -> str:
    """A sentence of ordinary English words in no meaningful order."""
    chosen = [str(rng.choice(_JOINTS if at % 3 == 2 else vocabulary())) for at in range(words)]
    return " ".join(chosen) + str(rng.choice((".", ".", "?", "!")))


@cache
def vocabulary() -> tuple[str, ...]:
    """Ordinary English words, two syllables and more for the most part."""
    return tuple(Path(__file__).with_name("words.txt").read_text(encoding="ascii").split())
