"""Pictures of figures, for people who would rather see them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


def stage_waterfall(path: Path, stages: Mapping[str, Sequence[float]]) -> None:
    """Draw the median stages of a turn one after the other, and the spread of the whole (ms)."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (waterfall, spread) = plt.subplots(
        1, 2, figsize=(11, 4), gridspec_kw={"width_ratios": (2, 1)}, layout="constrained"
    )
    start = 0.0
    steps = [(name, values) for name, values in stages.items() if values and name != "end_to_end"]
    for row, (_, values) in enumerate(steps):
        median = float(np.median(values))
        waterfall.barh(row, median, left=start, height=0.6)
        waterfall.text(start + median, row, f"  {median:.0f} ms", va="center", fontsize=9)
        start += median
    waterfall.set_yticks(range(len(steps)), [name for name, _ in steps])
    waterfall.invert_yaxis()
    waterfall.set_xlabel("ms after the end of speech (medians)")
    whole = stages.get("end_to_end") or [0.0]
    spread.boxplot([whole], tick_labels=["end to end"], whis=(5, 95))
    spread.set_ylabel(f"ms, {len(whole)} turns, whiskers at 5 and 95 %")
    for axes in (waterfall, spread):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def curve(
    path: Path, across: Sequence[float], up: Sequence[float], x_label: str, y_label: str
) -> None:
    """Draw one line."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    axes.plot(across, up)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def bars(path: Path, values: Mapping[str, float], unit: str) -> None:
    """Draw one horizontal bar a name."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 1 + 0.5 * len(values)), layout="constrained")
    drawn = axes.barh(list(values), list(values.values()))
    axes.bar_label(drawn, fmt="%.3g", padding=3)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def trade_off(path: Path, curves: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Draw the share of turns cut off over the median delay (ms), one line a strategy."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, points in curves.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set_xlabel("end of speech to end of turn, median (ms)")
    axes.set_ylabel("turns cut off (share)")
    axes.set_ylim(0)
    axes.legend()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
