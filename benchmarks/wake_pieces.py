"""Measures one piece at a time; results are plain data that a ledger can keep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import process_time
from typing import Any, Final

import numpy as np

from benchmarks import corpus
from benchmarks.recordings import recordings
from benchmarks.wake_audio import near_miss, negatives, positive, recorded, steady
from benchmarks.wake_track import BLOCK_SAMPLES, Rig, Track
from device.audio.format import RATE, Samples

_STEADY: Final = ("white", "pink", "hum", "fan")
_ROOM_SETS: Final = ("noise_room", "noise_events")
_USED_TO: Final = 4 * RATE
_OTHER_SPEECH: Final = ("neg_other_wakewords", "speech_background", "wake_computer")


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of a core that engines took for one kind of sound."""

    sound: str
    by_engine: dict[str, float]
    seconds: float


def positive_piece(rig: Rig, word: str, seed: int) -> dict[str, Any]:
    """What each engine made of one generated positive."""
    clip = positive(word, seed).clip
    engines = {
        engine: _about(rig.listen(engine, clip.samples), word, clip) for engine in rig.engines
    }
    return {
        "word": word,
        "engines": engines,
        "alone": clip.speech_end == clip.wake_end,
        "snr": clip.scene.snr_db if clip.scene.noise else None,
    }


def _about(track: Track, word: str, clip: corpus.Clip) -> dict[str, Any]:
    found = [heard for heard in track.heard if heard.detection.word == word]
    about: dict[str, Any] = {
        "score": max(track.peaks.get(word, []), default=0.0),
        "heard": bool(found),
    }
    if found:
        detection = found[0].detection
        late = (detection.at_sample - clip.wake_stop) / RATE
        about["delay_ms"] = 1000 * (late + found[0].work_seconds)
        end = detection.end_sample
        inside = min(max(end, clip.wake_stop), clip.wake_end)
        about["end_error_ms"] = (end - inside) * 1000 / RATE
    return about


def negative_piece(rig: Rig, seed: int) -> dict[str, Any]:
    """Detections and peaks of each engine in a minute of negatives."""
    return _accepts(rig, negatives(seed))


def near_miss_piece(rig: Rig, word: str, seed: int) -> dict[str, Any]:
    """Detections of each engine in one near miss."""
    return _accepts(rig, near_miss(word, seed).samples)


def _accepts(rig: Rig, samples: Samples) -> dict[str, Any]:
    tracks = {engine: rig.listen(engine, samples) for engine in rig.engines}
    return {
        engine: {"heard": [h.detection.word for h in track.heard], "peaks": track.peaks}
        for engine, track in tracks.items()
    }


def recorded_pieces(words: Sequence[str], every: int) -> Iterator[dict[str, Any]]:
    """Human recordings: wake words by set, and one of `every` other words that must not wake."""
    for word in words:
        rig = Rig({word: None})
        for row in recordings(f"wake_{word}"):
            if row.origin == "human":
                yield {"set": f"wake_{word}", "heard": _words_heard(rig, recorded(row))}
    rig = Rig(dict.fromkeys(words))
    for row in islice(recordings(*_OTHER_SPEECH), 0, None, every):
        yield {"set": "other_words", "heard": _words_heard(rig, recorded(row))}
    others = Rig({word: None for word in words if word != "hey_jarvis"} or dict.fromkeys(words))
    for row in islice(recordings("wake_jarvis"), 0, None, every):
        yield {"set": "other_words", "heard": _words_heard(others, recorded(row))}


def _words_heard(rig: Rig, samples: Samples) -> dict[str, list[str]]:
    return {
        engine: [h.detection.word for h in rig.listen(engine, samples).heard]
        for engine in rig.engines
    }


def cpu_shares(rig: Rig, seconds: int) -> Iterator[Shares]:
    """Processor time of each engine on silence, steady noise, recorded rooms, and speech."""
    rng = np.random.default_rng(9)
    quiet = corpus.to_samples(rng.normal(0, 2, seconds * RATE).astype(np.float32))
    noise = np.concatenate([steady(kind, seconds / 4, -40.0) for kind in _STEADY])
    reading = np.concatenate([negatives_speech(seed) for seed in range(1 + seconds // 20)])
    sounds = {"silence": quiet, "noise": noise, "speech": reading}
    rooms = [np.resize(recorded(row, 0.0), seconds * RATE) for row in recordings(*_ROOM_SETS)]
    pieces = {sound: [samples] for sound, samples in sounds.items()}
    if rooms:
        pieces["recorded_rooms"] = rooms
    for sound, parts in pieces.items():
        shares = {engine: _share(rig, engine, parts) for engine in rig.engines}
        yield Shares(sound, shares, sum(map(len, parts)) / RATE)


def negatives_speech(seed: int) -> Samples:
    """About twenty seconds of one voice reading in a quiet room."""
    rng = np.random.default_rng((5, seed))
    text = " ".join(corpus.sentence(rng, 12) for _ in range(4))
    return corpus.say(
        text, corpus.random_manner(rng), before_seconds=0.5, after_seconds=0.5
    ).samples


def _share(rig: Rig, engine: str, parts: Sequence[Samples]) -> float:
    """Share of a core over all parts, each alone and after four seconds of getting used to it."""
    spent = 0.0
    for samples in parts:
        stream = rig.open(engine)
        stream.feed(samples[:_USED_TO])
        began = process_time()
        for start in range(0, len(samples), BLOCK_SAMPLES):
            stream.feed(samples[start : start + BLOCK_SAMPLES])
        spent += process_time() - began
        stream.close()
    return spent * RATE / sum(map(len, parts))
