"""`parlor hil`: hardware in the loop, the scenarios played to a real speaker; boards compared."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from device.cli.options import JsonOption
from device.errors import UsageError

if TYPE_CHECKING:
    from benchmarks.hil.compare import Comparison, Row
    from benchmarks.hil.report import HilReport, Run

Files = Annotated[
    list[str] | None,
    typer.Argument(help="Scenario files, or names of those that ship; none: all that ship."),
]
Daemon = Annotated[
    Path | None,
    typer.Option(
        "--daemon", envvar="PARLOR_HIL_DAEMON",
        help="Judge the speaker that runs already; its configuration file.",
    ),
]  # fmt: skip
Board = Annotated[
    str, typer.Option("--board", envvar="PARLOR_HIL_BOARD", help="Name; empty: that of the host.")
]
Out = Annotated[Path, typer.Option("--out", help="Folder for report.json and report.html.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for another run to end.")
]
Repeat = Annotated[
    int, typer.Option("--repeat", min=1, help="Play each script so many times over.")
]
Reports = Annotated[list[Path], typer.Argument(help="Files report.json of several boards.")]
Html = Annotated[Path | None, typer.Option("--html", help="Leave a page here.")]

app = typer.Typer(help="Hardware in the loop: see docs/hil.md.", no_args_is_help=True)


@app.command("run")
def run(
    files: Files = None, daemon: Daemon = None, board: Board = "", out: Out = Path("out/hil"),
    wait: Wait = 0.0, repeat: Repeat = 1, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Play scenarios on a rig; exit code 1 when one fails or nothing could be judged."""
    _need()
    from benchmarks.hil import play
    from benchmarks.hil.board import name
    from benchmarks.hil.devices import cushion_ms, devices
    from benchmarks.hil.lock import locked, usual_place
    from benchmarks.scenario import parse, shipped
    from device.config_file import load

    config = load(daemon) if daemon else None
    rig, ahead = devices(os.environ, daemon=config is not None), cushion_ms(os.environ)
    scenarios = [
        (play.repeated(parse.read(path), repeat), path.parent) for path in shipped.find(files or [])
    ]
    console = Console(stderr=as_json)
    lock = Path(os.environ.get("PARLOR_HIL_LOCK", usual_place()))
    with locked(lock, wait, lambda holder: console.print(f"waiting for {escape(holder)}")):
        # A run that breaks off leaves no report of an earlier one.
        (out / "report.json").unlink(missing_ok=True)
        done, runs = [], play.runs(scenarios, rig, config, ahead)
        for number, (scenario, _) in enumerate(scenarios, start=1):
            place = f"{number}/{len(scenarios)}"
            with console.status(f"{place} {scenario.name}"):
                done.append(next(runs))
            _show_run(done[-1], place, console)
        report = play.report(done, board or name(), rig, config)
    _leave(report, out)
    if as_json:
        typer.echo(report.model_dump_json())
    else:
        _show([report], console)
        console.print(f"report: {out / 'report.json'}, {out / 'report.html'}")
    if not report.passed:
        raise typer.Exit(1)


@app.command("compare")
def compare(reports: Reports, html: Html = None, as_json: JsonOption = False) -> None:
    """Show the reports of several boards side by side."""
    _need()
    from benchmarks.hil.compare import compare as side_by_side
    from benchmarks.hil.page import page
    from benchmarks.hil.report import read

    found = [read(path) for path in reports]
    if html is not None:
        html.write_text(page(side_by_side(found)), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(asdict(side_by_side(found))))
    else:
        _show(found, Console())


def _need() -> None:
    try:
        import yaml  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            f"scenarios need {error.name}; pip install parlor-speaker[bench]"
        ) from None


def _leave(report: "HilReport", out: Path) -> None:
    from benchmarks.hil.compare import compare as side_by_side
    from benchmarks.hil.page import page

    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(report.model_dump_json(indent=1), encoding="utf-8")
    (out / "report.html").write_text(page(side_by_side([report])), encoding="utf-8")


def _show_run(one: "Run", place: str, console: Console) -> None:
    from benchmarks.hil.report import played
    from benchmarks.scenario.show import show

    told = played(one)
    console.print(f"\n[dim]{place}[/] [bold]{one.name}[/]: {told.state}", highlight=False)
    if one.outcome is None:
        console.print(f"  [dim]{escape(told.why)}[/]", highlight=False)
    else:
        show(one.outcome, console)


def _show(reports: "Sequence[HilReport]", console: Console) -> None:
    from benchmarks.hil.compare import compare as side_by_side

    found = side_by_side(reports)
    console.print()
    for title, rows in (
        ("figures", found.figures), ("scenarios", found.scenarios), ("boards", found.facts)
    ):  # fmt: skip
        console.print(_table(title, found, rows))


def _table(title: str, found: "Comparison", rows: "Sequence[Row]") -> Table:
    table = Table(title, *map(escape, found.boards), box=None, padding=(0, 1))
    for row in rows:
        style = "yellow" if row.differs else ""
        table.add_row(escape(row.what), *map(escape, row.cells), style=style)
    return table
