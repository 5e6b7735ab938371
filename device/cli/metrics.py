"""`parlor metrics`: how long the last turns took."""

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from device.cli.options import JsonOption
from device.folders import state_folder
from device.turn_log import TurnLog


def metrics(as_json: JsonOption = False) -> None:
    """Show average, p50 and p95 of every stage over the last hundred turns."""
    spreads = TurnLog(state_folder()).spreads()
    if as_json:
        typer.echo(json.dumps({stage: asdict(spread) for stage, spread in spreads.items()}))
        return
    table = Table("stage", "turns", "average", "p50", "p95", box=None)
    for stage, spread in spreads.items():
        times = (f"{value:.0f} ms" for value in (spread.average, spread.p50, spread.p95))
        table.add_row(stage, str(spread.count), *times)
    Console(highlight=False).print(table if spreads else "no turn has been measured yet")
