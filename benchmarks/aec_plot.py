"""Draws the echo return loss over time: median and spread over rooms."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.aec_erle import STEP_SECONDS, Loss

_LABELS: Final = {"ours": "front end", "webrtc": "plain WebRTC", "nlms": "plain NLMS"}


def draw(path: Path, measured: Mapping[str, Sequence[Loss]]) -> None:
    """Write a PNG with one picture a kind of loudspeaker."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        1, len(measured), figsize=(6 * len(measured), 4.5), sharey=True, layout="constrained"
    )
    for place, (kind, losses) in zip(np.atleast_1d(axes), measured.items(), strict=True):
        _draw_kind(place, losses)
        place.set_title(f"{kind} loudspeaker, {len(losses)} rooms")
        place.set_xlabel("seconds of reply")
    np.atleast_1d(axes)[0].set_ylabel("echo return loss in dB (median, quartiles)")
    np.atleast_1d(axes)[0].legend(frameon=False)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _draw_kind(axes: Any, losses: Sequence[Loss]) -> None:
    for name, label in _LABELS.items():
        traces = np.ma.masked_invalid(np.stack([one.traces[name] for one in losses]))
        heard = traces.count(axis=0) > 0
        at = (np.arange(traces.shape[1]) * STEP_SECONDS + STEP_SECONDS)[heard]
        columns = [traces[:, column].compressed() for column in np.flatnonzero(heard)]
        low, middle, high = np.array([np.percentile(one, (25, 50, 75)) for one in columns]).T
        axes.plot(at, middle, label=label)
        axes.fill_between(at, low, high, alpha=0.2)
    axes.axhline(25, color="gray", linewidth=0.5, linestyle="--")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
