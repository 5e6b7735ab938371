"""Draws a scenario: who spoke when, what was decided, and what the stages of the turns took."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.scenario.account import Happening, Sound
from benchmarks.scenario.outcome import Outcome, stages

_MARKED: Final = {
    "speech_suspected": ("ducked", "tab:orange"),
    "speech_rejected": ("rejected", "tab:green"),
    "wake_word_detected": ("wake word", "tab:red"),
    "interrupted": ("interrupted", "tab:red"),
    "stop_requested": ("stop", "tab:red"),
    "playback_resumed": ("goes on", "tab:green"),
    "action_requested": ("action", "tab:blue"),
}
_POINTS: Final = 2_000
_NO_STAGE: Final = ("end_to_end", "vad_lag")


def plot(outcome: Outcome, path: Path) -> None:
    """Leave a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (line, bars) = plt.subplots(
        2, 1, figsize=(12, 7), gridspec_kw={"height_ratios": (3, 2)}, layout="constrained"
    )
    figure.suptitle(outcome.scenario.name)
    _time_line(line, outcome)
    _waterfall(bars, outcome)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _time_line(axes: Any, outcome: Outcome) -> None:
    account = outcome.account
    began = _began(account.happenings)
    over = max((one.at for one in account.happenings), default=began) + 1.0
    at, level = _envelope(account.played, began, over)
    axes.fill_between(at, -level, level, color="tab:gray", label="loudspeaker")
    for one in account.said:
        axes.axvspan(one.start - began, one.stop - began, 0.8, 0.95, color="tab:blue", alpha=0.3)
        axes.text(one.start - began, 1.2, one.what[:60], fontsize=7, clip_on=True)
    for happening in account.happenings:
        if (marked := _MARKED.get(happening.told["event"])) is not None:
            words, colour = marked
            axes.axvline(happening.at - began, color=colour, linewidth=1)
            axes.text(happening.at - began, -1.45, words, rotation=90, fontsize=7, color=colour)
    axes.set_ylim(-1.5, 1.5)
    axes.set_yticks([0.0, 1.05], ["loudspeaker", "person"])
    axes.set_xlabel("seconds")


def _waterfall(axes: Any, outcome: Outcome) -> None:
    """One row a turn, its stages one after the other."""
    turns = [one.told for one in outcome.account.happenings if one.told["event"] == "turn_measured"]
    colours: dict[str, str] = {}
    for row, turn in enumerate(turns):
        left = 0.0
        for name, ms in stages(turn).items():
            if name in _NO_STAGE or name.endswith("_total"):
                continue
            label = None if name in colours else name
            colour = colours.setdefault(name, f"C{len(colours) % 10}")
            axes.barh(row, ms, left=left, color=colour, label=label)
            left += ms
    axes.set_yticks(range(len(turns)), [f"turn {turn['turn_id']}" for turn in turns])
    axes.invert_yaxis()
    axes.set_xlabel("ms")
    if colours:
        axes.legend(fontsize=7, ncols=4)


def _began(happenings: list[Happening]) -> float:
    """When it was first spoken to."""
    ready = (one.at for one in happenings if one.told["event"] == "ready")
    return next(ready, 0.0)


def _envelope(played: Sound, start: float, stop: float) -> tuple[Any, Any]:
    samples = np.abs(played.between(start, stop).astype(np.float64))
    block = max(1, len(samples) // _POINTS)
    peaks = samples[: len(samples) // block * block].reshape(-1, block).max(axis=1, initial=0)
    return np.arange(len(peaks)) * block / played.rate, peaks / max(
        1.0, float(peaks.max(initial=0))
    )
