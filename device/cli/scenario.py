"""`parlor scenario`: play a scene, and see whether the speaker did what it should."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from device.cli.options import JsonOption
from device.errors import UsageError

Files = Annotated[
    list[str] | None,
    typer.Argument(help="Scenario files, or names of those that ship; none: all that ship."),
]
Live = Annotated[bool, typer.Option("--live", help="In real time, on the virtual sound card.")]
Markdown = Annotated[Path | None, typer.Option("--markdown", help="Leave a report here.")]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", help="Leave a PNG here; one each, where there are several."),
]


def scenario(
    files: Files = None, live: Live = False, as_json: JsonOption = False,
    markdown: Markdown = None, plot: Plot = None,
) -> None:  # fmt: skip
    """Play scenarios and judge them; exit code 1 when an expectation is not met."""
    try:
        from benchmarks.scenario import parse, play, shipped
        from benchmarks.scenario.plot import plot as draw
        from benchmarks.scenario.show import show
    except ModuleNotFoundError as error:
        raise UsageError(
            f"scenarios need {error.name}; pip install parlor-speaker[bench]"
        ) from None

    paths = shipped.find(files or [])
    scenarios = [parse.read(path) for path in paths]
    console, outcomes = Console(), []
    for path, one in zip(paths, scenarios, strict=True):
        outcome = play.play(one, path.parent, live=live)
        outcomes.append(outcome)
        if as_json:
            typer.echo(json.dumps(outcome.as_dict()))
        else:
            show(outcome, console)
        if plot is not None:
            several = f"-{one.name}" if len(paths) > 1 else ""
            draw(outcome, plot.with_stem(plot.stem + several))
    if markdown is not None:
        markdown.write_text("\n".join(one.markdown() for one in outcomes), encoding="utf-8")
    if not all(one.passed for one in outcomes):
        raise typer.Exit(1)
