"""`parlor bench duplex`: everything that makes talking to the speaker like talking, in one table.

Runs the benches of echo, barge-in, turn-taking, latency, idling and the soak one after the other;
their figures carry the name of their bench. What runs is told on standard error. One that cannot
run here is told there too, and counted.
"""

import importlib
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.report import Figure, Report
from device.errors import DeviceError

PARTS: Final = ("aec", "interruption", "barge_in", "endpoint", "turn", "voice", "idle", "soak")


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Run them all, quick or full; with `plot` each leaves a picture of its name."""
    figures: list[Figure] = []
    done = 0
    for number, part in enumerate(PARTS, start=1):
        _tell(f"[{number}/{len(PARTS)}] parlor bench {_name(part)} ...")
        began = time.monotonic()
        picture = plot.with_stem(f"{plot.stem}-{_name(part)}") if plot else None
        try:
            report = importlib.import_module(f"benchmarks.{part}").run(
                quick=quick, full=full, config=config, plot=picture
            )
        except (DeviceError, ImportError) as error:
            _tell(f"      cannot run here: {error}")
            continue
        done += 1
        _tell(f"      {time.monotonic() - began:.0f} s")
        figures += [replace(one, name=f"{part}.{one.name}") for one in report.figures]
    figures.append(Figure("benches_run", done, "benches", "higher", len(PARTS), len(PARTS)))
    return Report("duplex", figures)


def _name(part: str) -> str:
    return part.replace("_", "-")


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
