"""`parlor wake`: how the wake words do."""

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from device.cli.options import JsonOption
from device.folders import state_folder
from device.pipeline.wake.tally import Outcome, Rate, WakeReport
from device.wake_clips import report, wakes_folder


def wake(as_json: JsonOption = False) -> None:
    """Show false wakes per hour, and a threshold that would have rejected them.

    Say "that was a false wake", press the button three times, or use MQTT to report one.
    """
    found = report(wakes_folder(state_folder()))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        _show(found, Console(highlight=False))


def _show(found: WakeReport, console: Console) -> None:
    console.print(f"listened for {found.hours:.1f} hours")
    table = Table("word", "commands", "reported false an hour", "perhaps false an hour", box=None)
    for word in found.words:
        commands = word.outcomes.get(Outcome.COMMAND, 0)
        table.add_row(word.word, str(commands), _rate(word.reported), _rate(word.suspected))
    console.print(table if found.words else "no wake word was heard yet")
    for word in found.words:
        advice = word.reason if word.threshold is None else f"threshold {word.threshold:.3f}"
        console.print(f"{word.word}: {advice}")


def _rate(rate: Rate) -> str:
    return f"{rate.per_hour:.2f} ({rate.count}; 95 % {rate.low:.2f} to {rate.high:.2f})"
