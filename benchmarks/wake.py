"""`parlor bench wake`: the cascade beside openWakeWord alone, on generated and recorded sound.

Quick takes three minutes at most. Full listens to six hours of generated negatives and can be
stopped and resumed: what was measured stays in `bench/wake.jsonl` of the state folder.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.report import Figure, Report
from benchmarks.wake_audio import NEGATIVE_SECONDS, PHRASES
from benchmarks.wake_figures import (
    accept_figures,
    cpu_figures,
    human_figures,
    near_miss_figures,
    recall_figures,
)
from benchmarks.wake_ledger import Ledger
from benchmarks.wake_pieces import (
    cpu_shares,
    near_miss_piece,
    negative_piece,
    positive_piece,
    recorded_pieces,
)
from benchmarks.wake_plot import draw
from benchmarks.wake_track import Rig
from device.config_file import load
from device.folders import state_folder
from device.pipeline.wake.cascade import AGREEMENT
from device.pipeline.wake.engines import MICRO_GATE, ONSET_DB, SPEECH_DB
from device.pipeline.wake.gate import GatePolicy

_POSITIVES: Final = {True: 16, False: 120}
"""A word: quick, full."""
_NEAR_MISSES: Final = {True: 6, False: 100}
"""A word: quick, full."""
_NEGATIVES: Final = {True: 4, False: 360}
"""Pieces of a minute: quick, full."""
_OTHERS: Final = {True: 4, False: 1}
"""Every how many recordings of other words: quick, full."""
_CPU_SECONDS: Final = {True: 20, False: 120}
_BOTH_KNOW: Final = ("alexa", "hey_jarvis", "hey_mycroft", "okay_nabu")


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure; `config` names other wake words (built-in ones) than the usual bench does."""
    is_quick = not full
    words = _words(config)
    ledger = Ledger(None if is_quick else state_folder() / "bench" / "wake.jsonl", _fingerprint())
    positives = _positives(ledger, words, _POSITIVES[is_quick])
    rig = Rig({word: None for word in words if word in _BOTH_KNOW} or {words[0]: None})
    near = list(
        ledger.measure(
            "near misses",
            [f"near {word} {seed}" for word in rig.words for seed in range(_NEAR_MISSES[is_quick])],
            lambda key: near_miss_piece(rig, key.split()[1], int(key.split()[2])),
        )
    )
    negatives = list(
        ledger.measure(
            "negatives",
            [f"negative {'+'.join(rig.words)} {seed}" for seed in range(_NEGATIVES[is_quick])],
            lambda key: negative_piece(rig, int(key.split()[2])),
        )
    )
    hours = len(negatives) * NEGATIVE_SECONDS / 3600
    figures: list[Figure] = [
        *cpu_figures(cpu_shares(Rig({words[0]: None}), _CPU_SECONDS[is_quick])),
        *recall_figures(positives),
        *human_figures(list(recorded_pieces(words, _OTHERS[is_quick]))),
        *accept_figures(negatives, hours, rig.engines),
        *near_miss_figures(near),
    ]
    if plot is not None:
        draw(plot, positives, negatives, hours)
    return Report("wake", figures)


def _words(config: Path | None) -> Sequence[str]:
    """The words of the default bench put hey_jarvis first, the speaker's default."""
    if config is None:
        return ("hey_jarvis", *(word for word in PHRASES if word != "hey_jarvis"))
    named = [word.label for word in load(config).wake.word if word.label in PHRASES]
    return tuple(named) or ("hey_jarvis",)


def _positives(ledger: Ledger, words: Sequence[str], count: int) -> list[dict[str, Any]]:
    rigs = {word: Rig({word: None}) for word in words}

    def measured(key: str) -> dict[str, Any]:
        _, word, seed = key.split()
        return positive_piece(rigs[word], word, int(seed))

    keys = [f"positive {word} {seed}" for seed in range(count) for word in words]
    return list(ledger.measure("positives", keys, measured))


def _fingerprint() -> str:
    """Changes when the engines or the generated sound do, so that results are not mixed."""
    here = Path(__file__).parent
    sources = [here / f"{name}.py" for name in ("wake_audio", "corpus", "acoustics", "espeak")]
    facts = [file.read_bytes() for file in sources]
    facts.append(repr((AGREEMENT, MICRO_GATE, ONSET_DB, SPEECH_DB, GatePolicy())).encode())
    return hashlib.sha256(b"".join(facts)).hexdigest()[:12]
