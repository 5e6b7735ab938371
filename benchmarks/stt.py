"""`parlor bench stt`: the command recogniser on recorded speech, and Whisper's encoder time."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from benchmarks import streaming, whisper
from benchmarks.commands import Bench, Tried
from benchmarks.report import Figure, Report, wilson

_RIGHT_TARGET, _REJECTED_TARGET = 0.92, 0.90
_REAL_TIME_TARGET: Final = 0.35
_COLD_SECONDS, _CACHED_SECONDS = 5.0, 0.5
_SPOKEN: Final = {"human": ("human", "uncertain"), "synthetic": ("tts",)}


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure; quick hears every fourth recording that is no command, full hears all."""
    bench = Bench(config)
    trials = list(bench.trials(every_other=1 if full else 4))
    if plot is not None and trials:
        draw(plot, trials, bench.config.stt.command_threshold)
    return Report(
        "stt",
        [*_command_figures(bench, trials), *streaming.measure(quick), *whisper.measure(quick)],
    )


def measure(quick: bool, config: Path | None) -> list[Figure]:
    """The command recogniser's figures alone."""
    bench = Bench(config)
    return _command_figures(bench, list(bench.trials(every_other=4 if quick else 1)))


def accepted_right(trials: Sequence[Tried], threshold: float) -> list[bool]:
    """For each command: heard right, and surely enough to act on it."""
    return [
        trial.right and trial.heard.confidence >= threshold
        for trial in trials
        if trial.wanted is not None
    ]


def accepted_wrong(commands: Sequence[Tried], threshold: float) -> list[bool]:
    """Whether each command was taken for another one, which would then be done."""
    return [
        trial.heard.confidence >= threshold and trial.understood is not None and not trial.right
        for trial in commands
    ]


def rejected(trials: Sequence[Tried], threshold: float) -> list[bool]:
    """For each other sound: nothing would be switched."""
    return [
        trial.heard.confidence < threshold or trial.understood is None
        for trial in trials
        if trial.wanted is None
    ]


def roc(trials: Sequence[Tried]) -> list[tuple[float, float, float]]:
    """(threshold, share of commands right, share of other sound rejected), threshold rising."""
    points = []
    for step in range(101):
        right, refused = accepted_right(trials, step / 100), rejected(trials, step / 100)
        points.append((step / 100, _share(right), _share(refused)))
    return points


def draw(path: Path, trials: Sequence[Tried], threshold: float) -> None:
    """Draw the ROC with the configured threshold and the targets."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    points = roc(trials)
    now = min(points, key=lambda point: abs(point[0] - threshold))
    figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
    axes.plot([refused for _, _, refused in points], [right for _, right, _ in points])
    axes.plot(now[2], now[1], "o", label=f"threshold {threshold:g}")
    axes.axvline(_REJECTED_TARGET, linestyle=":", color="grey")
    axes.axhline(_RIGHT_TARGET, linestyle=":", color="grey")
    axes.set_xlabel("other sound rejected")
    axes.set_ylabel("commands right (intent and slots)")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend(loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _command_figures(bench: Bench, trials: Sequence[Tried]) -> list[Figure]:
    threshold = bench.config.stt.command_threshold
    figures = _build_figures(bench)
    for kind, origins in _SPOKEN.items():
        ours = [trial for trial in trials if trial.origin in origins]
        commands = [trial for trial in ours if trial.wanted is not None]
        if not commands:
            continue
        figures += [
            _proportion(f"command_right_{kind}", accepted_right(ours, threshold), _RIGHT_TARGET),
            _proportion(f"command_heard_{kind}", [trial.right for trial in commands], None),
            _proportion(
                f"command_wrong_{kind}", accepted_wrong(commands, threshold), None, "lower"
            ),
        ]
    others = [trial for trial in trials if trial.wanted is None]
    if others:
        figures.append(_proportion("other_rejected", rejected(trials, threshold), _REJECTED_TARGET))
        figures += _by_set(others, threshold)
    return [*figures, *_speed(trials)]


def _by_set(others: Sequence[Tried], threshold: float) -> list[Figure]:
    return [
        _proportion(
            f"other_rejected_{name}",
            rejected([trial for trial in others if trial.set == name], threshold),
            None,
        )
        for name in sorted({trial.set for trial in others})
    ]


def _speed(trials: Sequence[Tried]) -> list[Figure]:
    audio = sum(trial.audio_seconds for trial in trials)
    if not audio:
        return []
    factor = sum(trial.work_seconds for trial in trials) / audio
    return [
        Figure(
            "command_real_time_factor",
            factor,
            "x real time (CPU)",
            "lower",
            len(trials),
            target=_REAL_TIME_TARGET,
        )
    ]


def _build_figures(bench: Bench) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        cold = _timed(bench, Path(folder))
        cached = _timed(bench, Path(folder))
    return [
        Figure("command_build_cold", cold, "s", "lower", 1, target=_COLD_SECONDS),
        Figure("command_build_cached", cached, "s", "lower", 1, target=_CACHED_SECONDS),
    ]


def _timed(bench: Bench, cache: Path) -> float:
    began = time.perf_counter()
    bench.open(cache)
    return time.perf_counter() - began


def _share(outcomes: Sequence[bool]) -> float:
    return sum(outcomes) / len(outcomes) if outcomes else 0.0


def _proportion(
    name: str,
    outcomes: Sequence[bool],
    target: float | None,
    better: Literal["lower", "higher"] = "higher",
) -> Figure:
    return Figure(
        name,
        _share(outcomes),
        "share",
        better,
        len(outcomes),
        target=target,
        interval=wilson(sum(outcomes), len(outcomes)),
    )
