"""How a ringing speaker hears the words that stop it: `python -m benchmarks.phrases`.

Spoken stop words in many voices, in quiet and in noise, and everything recorded that is none: each
recording is heard as if the speaker were ringing.
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.console import Console

from benchmarks.corpus import Scene, hear, random_manner
from benchmarks.espeak import speak
from benchmarks.recordings import recordings
from benchmarks.report import Figure, Report, wilson
from device.audio.files import read_sound
from device.audio.format import RATE, Samples
from device.dialog.grammar import home_grammar
from device.executor import InlineExecutor
from device.pipeline.stt.acoustic import acoustic_model
from device.pipeline.stt.command import CommandRecogniser

STOP_WORDS: Final = ("stop", "snooze", "be quiet")
THRESHOLD: Final = 0.5
_NOISES_DB: Final = (None, 20.0, 10.0, 5.0)
"""Speech above pink noise; None: a quiet room."""
_LONGEST_SECONDS: Final = 8.0
_STOPPING = re.compile(r"\b(stop|snooze|quiet)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rung:
    """What was heard while it rang."""

    kind: str
    said: str
    """Empty for what is no stop word."""
    heard: str
    confidence: float
    label: str = ""

    @property
    def taken(self) -> str:
        """What is acted on."""
        return self.heard if self.confidence >= THRESHOLD else ""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--spoken", type=int, default=200)
    chosen = arguments.parse_args()
    engine = CommandRecogniser(InlineExecutor(), home_grammar("en", (), None), acoustic_model("en"))
    spoken = [_rung(engine, *one) for one in _spoken(chosen.spoken)]
    others = [_rung(engine, *one) for one in _others()]
    for one in (*spoken, *others):
        if one.taken != one.said:
            Console().print(f"{one.kind}: {one.said or one.label!r} taken as {one.taken!r}")
    Report("phrases", [*_spoken_figures(spoken), *_other_figures(others)]).show(Console())


def _spoken(count: int) -> Iterator[tuple[str, str, Samples, str]]:
    for number in range(count):
        rng = np.random.default_rng((7, number))
        word = STOP_WORDS[number % len(STOP_WORDS)]
        noise_db = _NOISES_DB[number // len(STOP_WORDS) % len(_NOISES_DB)]
        kind = "quiet" if noise_db is None else f"{noise_db:.0f}_db"
        room_seconds = float(rng.uniform(0.0, 0.5))
        scene = Scene("pink", 40.0 if noise_db is None else noise_db, room_seconds, -26.0, number)
        clean = speak(word, random_manner(rng)).samples
        yield kind, word, hear(clean, scene, RATE // 3, RATE // 2), ""


def _others() -> Iterator[tuple[str, str, Samples, str]]:
    for recording in recordings():
        other = recording.seconds <= _LONGEST_SECONDS and not _STOPPING.search(recording.label)
        if other and recording.set != "edge_formats":
            yield recording.set, "", read_sound(recording.path), recording.label


def _rung(engine: CommandRecogniser, kind: str, said: str, samples: Samples, label: str) -> Rung:
    heard = engine.hear(samples, STOP_WORDS)
    return Rung(kind, said, heard.text, heard.confidence, label)


def _spoken_figures(spoken: list[Rung]) -> list[Figure]:
    right = [
        _share(f"stop_right_{kind}", [one.taken == one.said for one in spoken if one.kind == kind])
        for kind in dict.fromkeys(one.kind for one in spoken)
    ]
    stopped = [bool(one.taken) for one in spoken]
    return [*right, _share("stop_taken_for_any", stopped)]


def _other_figures(others: list[Rung]) -> list[Figure]:
    return [_share("other_rejected", [not one.taken for one in others])]


def _share(name: str, outcomes: list[bool]) -> Figure:
    hits, n = sum(outcomes), len(outcomes)
    return Figure(name, hits / max(n, 1), "share", "higher", n, interval=wilson(hits, n))


if __name__ == "__main__":
    main()
