"""`parlor bench aec`: how much of our own voice the front end takes out, and what it leaves.

Quick takes three minutes at most. Full says every recorded command over a reply, at three levels,
and plays an hour of replies, which can be resumed: what was measured stays in `bench/aec.jsonl` of
the state folder. The simulated rooms know nothing of the front end.
"""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.aec_alone import Counts, alone_figures, minute
from benchmarks.aec_erle import SCENE_SECONDS, Loss, Open, idle_share, loss_figures, losses
from benchmarks.aec_plot import draw
from benchmarks.aec_talk import RATIOS_DB, command_talks, talk_figures, wake_talks
from benchmarks.report import Figure, Report
from benchmarks.wake_ledger import Ledger
from device.config import AudioConfig
from device.config_file import load
from device.folders import state_folder
from device.pipeline import frontend
from device.pipeline.frontend import open_frontend

_ROOMS: Final = {True: 20, False: 60}
"""Of each kind: quick, full."""
_COMMANDS: Final = {True: 12, False: 1_000}
"""Understood in silence."""
_WAKES: Final = {True: 6, False: 1_000}
_MINUTES: Final = {True: 2, False: 60}
_BASELINE_EVERY: Final = 6
"""Of so many minutes one is also played without a front end."""
_IDLE_SECONDS: Final = 20.0
_ACTIVE_TARGET: Final = 6.0
_IDLE_TARGET: Final = 2.0


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure the front end that `config` names."""
    audio = load(config).audio
    opened = partial(open_frontend, audio)
    short = not full
    measured = {
        kind: list(losses(opened, _ROOMS[short], kind == "distorted"))
        for kind in ("linear", "distorted")
    }
    ratios = (0,) if short else RATIOS_DB
    commands = list(command_talks(opened, _COMMANDS[short], ratios))
    wakes = list(wake_talks(opened, _WAKES[short], ratios))
    ledger = Ledger(None if short else state_folder() / "bench" / "aec.jsonl", _fingerprint(audio))
    minutes = ledger.measure(
        "replies",
        [f"minute {seed}" for seed in range(_MINUTES[short])],
        lambda key: _minute(opened, int(key.split()[1])),
    )
    if plot is not None:
        draw(plot, measured)
    return Report(
        "aec",
        [
            *loss_figures(measured),
            *_cost_figures(opened, measured["linear"]),
            *talk_figures("commands", commands, ratios),
            *talk_figures("wake", wakes, ratios),
            *alone_figures(list(minutes)),
        ],
    )


def _minute(opened: Open, seed: int) -> Counts:
    return minute(opened, seed, baseline=seed % _BASELINE_EVERY == 0)


def _cost_figures(opened: Open, losses: Sequence[Loss]) -> list[Figure]:
    """Shares of a core while a reply plays, and while nothing does."""
    seconds = len(losses) * SCENE_SECONDS
    active = 100 * sum(one.work_seconds for one in losses) / seconds
    idle = 100 * idle_share(opened, _IDLE_SECONDS)
    unit = "% of a core"
    return [
        Figure("cpu_playing", active, unit, "lower", round(seconds), target=_ACTIVE_TARGET),
        Figure("cpu_idle", idle, unit, "lower", round(_IDLE_SECONDS), target=_IDLE_TARGET),
    ]


def _fingerprint(audio: AudioConfig) -> str:
    """Changes when the front end, the rooms or the policy do, so that results are not mixed."""
    here, device = Path(__file__).parent, Path(frontend.__file__).parents[2]
    sources = [*here.glob("aec*.py"), *here.glob("echo_*.py"), here / "rooms.py"]
    sources += [here / "image_source.py", here / "varispeed.py", here / "replies.py"]
    for folder in ("pipeline/frontend", "pipeline/vad", "pipeline/wake"):
        sources += sorted((device / folder).glob("*.py"))
    sources.append(device / "interruptions.py")
    facts = [file.read_bytes() for file in sorted(sources)]
    return hashlib.sha256(b"".join([*facts, repr(audio).encode()])).hexdigest()[:12]
