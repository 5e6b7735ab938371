"""PURE: measured pieces to figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from benchmarks.report import Figure, percentile, wilson
from benchmarks.wake_pieces import Shares
from device.pipeline.wake.tally import poisson_rate

_ALONE: Final = "openWakeWord alone"
_CHEAP: Final = ("silence", "noise", "recorded_rooms")
"""Sounds on which the cascade may cost a tenth of openWakeWord."""
_LOSS_POINTS: Final = 2.0


def cpu_figures(shares: Iterable[Shares]) -> list[Figure]:
    """Per cent of a core on each kind of sound."""
    figures = []
    for measured in shares:
        alone = 100 * measured.by_engine["openwakeword"]
        figures.append(
            Figure(
                f"cpu_{measured.sound}",
                100 * measured.by_engine["cascade"],
                "% of a core",
                "lower",
                round(measured.seconds),
                target=alone / 10 if measured.sound in _CHEAP else None,
                baseline=alone,
                baseline_is=_ALONE,
            )
        )
    return figures


def recall_figures(pieces: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Recall, delay and error of the word's end on generated positives."""
    figures = [_recall("recall_generated", pieces, target=True)]
    ordered = sorted(pieces, key=lambda piece: str(piece["word"]))
    for word, group in groupby(ordered, key=lambda piece: str(piece["word"])):
        figures.append(_recall(f"recall_generated_{word}", list(group)))
    for share, name in ((0.5, "p50"), (0.95, "p95")):
        figures += _spread(pieces, "delay_ms", f"word_end_to_detection_{name}", share)
    errors = [p["engines"]["cascade"].get("end_error_ms") for p in pieces]
    sizes = [abs(error) for error in errors if error is not None]
    for share, name in ((0.5, "p50"), (0.95, "p95")):
        if sizes:
            value = percentile(sizes, share)
            figures.append(Figure(f"word_end_error_{name}", value, "ms", "lower", len(sizes)))
    return figures


def _recall(name: str, pieces: Sequence[Mapping[str, Any]], target: bool = False) -> Figure:
    hits = sum(piece["engines"]["cascade"]["heard"] for piece in pieces)
    alone = sum(piece["engines"]["openwakeword"]["heard"] for piece in pieces)
    low, high = wilson(hits, len(pieces))
    baseline = 100 * alone / len(pieces)
    return Figure(
        name,
        100 * hits / len(pieces),
        "%",
        "higher",
        len(pieces),
        target=baseline - _LOSS_POINTS if target else None,
        baseline=baseline,
        baseline_is=_ALONE,
        interval=(100 * low, 100 * high),
    )


def _spread(pieces: Sequence[Mapping[str, Any]], key: str, name: str, share: float) -> list[Figure]:
    by_engine = {
        engine: [p["engines"][engine][key] for p in pieces if key in p["engines"][engine]]
        for engine in ("cascade", "openwakeword")
    }
    ours, alone = by_engine["cascade"], by_engine["openwakeword"]
    if not ours or not alone:
        return []
    return [
        Figure(
            name,
            percentile(ours, share),
            "ms",
            "lower",
            len(ours),
            baseline=percentile(alone, share),
            baseline_is=_ALONE,
        )
    ]


def human_figures(pieces: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Recall on each set of human recordings, and other words that woke."""
    figures = []
    for name in sorted({str(piece["set"]) for piece in pieces}):
        group = [piece["heard"] for piece in pieces if piece["set"] == name]
        ours = sum(bool(heard["cascade"]) for heard in group)
        alone = sum(bool(heard["openwakeword"]) for heard in group)
        low, high = wilson(ours, len(group))
        figures.append(
            Figure(
                f"recorded_{name}",
                100 * ours / len(group),
                "% that wake",
                "lower" if name == "other_words" else "higher",
                len(group),
                baseline=100 * alone / len(group),
                baseline_is=_ALONE,
                interval=(100 * low, 100 * high),
            )
        )
    return figures


def accept_figures(
    pieces: Sequence[Mapping[str, Any]], hours: float, engines: Sequence[str]
) -> list[Figure]:
    """Turns started wrongly per hour, all words together and each apart."""
    figures = [
        Figure("false_accept_hours", hours, "h of negatives", "higher", len(pieces)),
        *(
            _accepts(f"false_accepts_{engine}", Counter(_heard(pieces, engine)).total(), hours)
            for engine in engines
            if engine != "cascade"
        ),
    ]
    ours, alone = Counter(_heard(pieces, "cascade")), Counter(_heard(pieces, "openwakeword"))
    figures.insert(1, _accepts("false_accepts", ours.total(), hours, alone.total()))
    words = sorted(set(ours) | set(alone))
    return figures + [_accepts(f"false_accepts_{w}", ours[w], hours, alone[w]) for w in words]


def _heard(pieces: Sequence[Mapping[str, Any]], engine: str) -> list[str]:
    return [str(word) for piece in pieces for word in piece[engine]["heard"]]


def _accepts(name: str, count: int, hours: float, alone: int | None = None) -> Figure:
    """`n` is the number of minutes listened to."""
    return Figure(
        name,
        count / hours,
        "an hour",
        "lower",
        round(60 * hours),
        baseline=None if alone is None else alone / hours,
        baseline_is=None if alone is None else _ALONE,
        interval=poisson_rate(count, hours),
    )


def near_miss_figures(pieces: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Generated phrases two sounds away from a wake word that woke."""
    ours = sum(bool(piece["cascade"]["heard"]) for piece in pieces)
    alone = sum(bool(piece["openwakeword"]["heard"]) for piece in pieces)
    low, high = wilson(ours, len(pieces))
    return [
        Figure(
            "near_misses_accepted",
            100 * ours / len(pieces),
            "%",
            "lower",
            len(pieces),
            baseline=100 * alone / len(pieces),
            baseline_is=_ALONE,
            interval=(100 * low, 100 * high),
        )
    ]
