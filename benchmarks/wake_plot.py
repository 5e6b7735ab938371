"""Draws recall against false accepts for every threshold."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def draw(
    path: Path,
    positives: Sequence[Mapping[str, Any]],
    negatives: Sequence[Mapping[str, Any]],
    hours: float,
) -> None:
    """Write a PNG with one curve an engine, over the words that all engines listened for."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 5), layout="constrained")
    for engine in negatives[0]:
        hits, accepts = curve(engine, positives, negatives)
        if len(hits):
            axes.step(accepts / hours, 100 * hits, where="post", label=engine)
    axes.set_xlabel(f"false accepts an hour ({hours:.2g} h of generated negatives)")
    count = len(_shared(positives, negatives))
    axes.set_ylabel(f"recall in % ({count} generated positives)")
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _shared(
    positives: Sequence[Mapping[str, Any]], negatives: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Positives of words that all engines know, so that the curves can be compared."""
    return [piece for piece in positives if set(negatives[0]) <= set(piece["engines"])]


def curve(
    engine: str, positives: Sequence[Mapping[str, Any]], negatives: Sequence[Mapping[str, Any]]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Recall (0 to 1) and number of false accepts at falling thresholds."""
    shared = _shared(positives, negatives)
    scores = np.array([piece["engines"][engine]["score"] for piece in shared])
    peaks = np.array(
        [peak for piece in negatives for held in piece[engine]["peaks"].values() for peak in held]
    )
    thresholds = np.linspace(0.99, 0.05, 95)
    if not len(scores):
        return np.zeros(0), np.zeros(0)
    hits = np.array([(scores >= threshold).mean() for threshold in thresholds])
    return hits, np.array([(peaks >= threshold).sum() for threshold in thresholds])
