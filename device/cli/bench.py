"""`parlor bench`: measure, and say how good it is."""

import importlib
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from device.cli.options import ConfigOption, JsonOption
from device.errors import UsageError

BENCHES = (
    "wake", "stt", "tts", "turn", "voice", "home", "start", "idle", "soak",
    "endpoint", "aec", "interruption", "barge-in", "duplex", "dialogue", "correction", "fleet",
    "release", "gateway",
)  # fmt: skip


def bench(
    name: Annotated[str, typer.Argument(help=" | ".join(BENCHES))],
    quick: Annotated[bool, typer.Option("--quick", help="Three minutes at most.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Everything; can be resumed.")] = False,
    as_json: JsonOption = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Leave a PNG here.")] = None,
    config: ConfigOption = None,
) -> None:
    """Measure a part on generated speech and on the recordings, beside a baseline."""
    if name not in BENCHES:
        raise UsageError(f"there is no bench {name!r}; choose one of {', '.join(BENCHES)}")
    if quick and full:
        raise UsageError("--quick and --full exclude each other")
    module = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
    report = module.run(quick=quick, full=full, config=config, plot=plot)
    if as_json:
        typer.echo(report.as_json())
    else:
        report.show(Console())
