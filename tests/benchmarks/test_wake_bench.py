from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.wake_figures import (
    accept_figures,
    cpu_figures,
    human_figures,
    near_miss_figures,
    recall_figures,
)
from benchmarks.wake_ledger import Ledger
from benchmarks.wake_pieces import Shares
from benchmarks.wake_plot import curve, draw
from benchmarks.wake_track import Eavesdropper
from device.pipeline.wake.fake import LOUD, LoudScorer


def piece(word: str, cascade: bool, alone: bool, delay: float = 100.0) -> dict[str, Any]:
    def about(heard: bool) -> dict[str, Any]:
        more = {"delay_ms": delay, "end_error_ms": -20.0} if heard else {}
        return {"heard": heard, "score": 0.9 if heard else 0.2, **more}

    return {"word": word, "engines": {"cascade": about(cascade), "openwakeword": about(alone)}}


def minute(cascade: list[str], alone: list[str]) -> dict[str, Any]:
    return {
        "cascade": {"heard": cascade, "peaks": {word: [0.8] for word in cascade}},
        "openwakeword": {"heard": alone, "peaks": {word: [0.8] for word in alone}},
    }


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "state" / "wake.jsonl"
    assert list(Ledger(path, "a").measure("x", ["1", "2"], lambda key: int(key))) == [1, 2]
    path.write_text(path.read_text() + '{"fingerprint": "a", "key": "3", "resu')
    measured: list[str] = []

    def measure(key: str) -> int:
        measured.append(key)
        return 10 * int(key)

    assert list(Ledger(path, "a").measure("x", ["1", "2", "3"], measure)) == [1, 2, 30]
    assert measured == ["3"]


def test_results_of_another_version_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "wake.jsonl"
    list(Ledger(path, "old").measure("x", ["1"], lambda key: "old"))
    assert list(Ledger(path, "new").measure("x", ["1"], lambda key: "new")) == ["new"]
    assert list(Ledger(path, "old").measure("x", ["1"], lambda key: "again")) == ["old"]


def test_the_cascade_may_cost_a_tenth_on_quiet_sounds_only() -> None:
    shares = [
        Shares(sound, {"cascade": 0.002, "openwakeword": 0.05}, 20.0)
        for sound in ("silence", "speech")
    ]
    silence, speech = cpu_figures(shares)
    assert silence.target == pytest.approx(0.5)
    assert silence.met
    assert speech.target is None


def test_recall_may_be_two_points_under_openwakeword_alone() -> None:
    pieces = [piece("alexa", n < 50, n < 53) for n in range(100)]
    recall, of_word = recall_figures(pieces)[:2]
    assert (recall.value, recall.baseline, recall.target, recall.met) == (50, 53, 51, False)
    assert of_word.name == "recall_generated_alexa"


def test_false_accepts_are_per_hour_and_per_word() -> None:
    pieces = [minute(["alexa"], ["alexa", "hey_jarvis"]), *[minute([], [])] * 29]
    figures = {f.name: f for f in accept_figures(pieces, 0.5, ("cascade", "openwakeword"))}
    assert figures["false_accept_hours"].value == 0.5
    assert (figures["false_accepts"].value, figures["false_accepts"].baseline) == (2, 4)
    assert figures["false_accepts_openwakeword"].value == 4
    assert (figures["false_accepts_hey_jarvis"].value, figures["false_accepts_alexa"].value) == (
        0,
        2,
    )


def test_recorded_sets_and_near_misses_are_counted_apart() -> None:
    heard = {"cascade": ["alexa"], "openwakeword": ["alexa"]}
    silent: dict[str, list[str]] = {"cascade": [], "openwakeword": []}
    sets = [{"set": "wake_alexa", "heard": heard}, {"set": "other_words", "heard": silent}]
    figures = {f.name: f for f in human_figures(sets)}
    assert figures["recorded_wake_alexa"].value == 100
    assert figures["recorded_other_words"].value == 0
    assert figures["recorded_other_words"].better == "lower"
    (near,) = near_miss_figures([minute(["alexa"], []), minute([], [])])
    assert (near.value, near.n) == (50, 2)


def test_peaks_are_the_highest_score_of_two_seconds() -> None:
    ear = Eavesdropper(LoudScorer("w"))
    loud = np.full(1280, LOUD, dtype=np.int16)
    for _ in range(30):
        ear.score(loud)
    assert ear.peaks == {"w": [1.0, 1.0]}


def test_curves_use_the_same_positives_for_every_engine() -> None:
    only_two = piece("hey_rhasspy", True, True)
    three = [minute([], []) | {"microwakeword": {"heard": [], "peaks": {}}}]
    assert len(curve("cascade", [only_two], three)[0]) == 0
    known = piece("alexa", True, True)
    known["engines"]["microwakeword"] = {"heard": False, "score": 0.0}
    hits, _ = curve("cascade", [known, only_two], three)
    assert (hits[0], hits[-1]) == (0, 1)


def test_the_curve_rises_as_the_threshold_falls_and_can_be_drawn(tmp_path: Path) -> None:
    positives = [piece("alexa", n < 5, n < 5) for n in range(10)]
    negatives = [minute(["alexa"], ["alexa"]), minute([], [])]
    hits, accepts = curve("cascade", positives, negatives)
    assert list(hits) == sorted(hits)
    assert (hits[0], hits[-1], accepts[-1]) == (0, 1, 1)
    draw(tmp_path / "roc.png", positives, negatives, 0.1)
    assert (tmp_path / "roc.png").read_bytes().startswith(b"\x89PNG")
