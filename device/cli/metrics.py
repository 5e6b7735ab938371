"""`parlor metrics`: how long turns take."""

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from device.care.monitoring import page
from device.cli.options import JsonOption
from device.cli.privacy import used_by_day, used_lines
from device.errors import UsageError
from device.folders import state_folder
from device.metrics import Spread
from device.turn_log import TurnLog


def metrics(
    as_json: JsonOption = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="As Prometheus reads it.")
    ] = False,
) -> None:
    """Show average, p50 and p95 of every stage over the last hundred turns, and over all."""
    if as_json and prometheus:
        raise UsageError("--json and --prometheus exclude each other")
    log = TurnLog(state_folder())
    if prometheus:
        today = used_by_day().get(date.today().isoformat(), {})
        typer.echo(page(log, today, []), nl=False)
    elif as_json:
        typer.echo(json.dumps(_as_dict(log)))
    else:
        _show(log, Console(highlight=False))


def _as_dict(log: TurnLog) -> dict[str, object]:
    totals, last = log.totals, log.turns[-1] if log.turns else None
    return {
        "stages": {stage: asdict(spread) for stage, spread in log.spreads().items()},
        "in_all": {stage: asdict(spread) for stage, spread in totals.spreads().items()},
        "turns": dict(totals.turns),
        "audio_seconds": round(totals.audio_seconds, 3),
        "reply_seconds": round(totals.reply_seconds, 3),
        "confidence": totals.confidence,
        "speculations_discarded": totals.speculations_discarded,
        "budgets_missed": dict(totals.budgets_missed),
        "degradation": log.degradation,
        "echo": log.echo,
        "floor": log.floor,
        "used": used_by_day(),
        "last": None if last is None else {"stages": last.stages, "confidence": last.confidence},
    }


def _show(log: TurnLog, console: Console) -> None:
    for line in used_lines(used_by_day()):
        console.print(line)
    if not log.turns:
        console.print("no turn has been measured yet")
        return
    table = Table("stage", "turns", "average", "p50", "p95", "in all", "p50", "p95", box=None)
    in_all = log.totals.spreads()
    for stage, spread in log.spreads().items():
        whole = in_all.get(stage, spread)
        table.add_row(
            stage, str(spread.count), *_times(spread), str(whole.count), *_times(whole)[1:]
        )
    console.print(table)
    for line in _facts(log):
        console.print(line)


def _times(spread: Spread) -> list[str]:
    return [f"{value:.0f} ms" for value in (spread.average, spread.p50, spread.p95)]


def _facts(log: TurnLog) -> list[str]:
    totals = log.totals
    lines = [
        f"{totals.turns.total()} turns, {totals.audio_seconds:.0f} s said, "
        f"{totals.reply_seconds:.0f} s of replies heard, confidence {totals.confidence or 0:.2f}, "
        f"{totals.speculations_discarded} times understood too early"
    ]
    if totals.budgets_missed:
        late = (f"{stage} {count}" for stage, count in totals.budgets_missed.most_common())
        lines.append(f"took too long: {', '.join(late)}")
    if overlaps := log.floor.get("overlaps"):
        over = (f"{manner} {count}" for manner, count in overlaps.items())
        lines.append(f"talked over replies: {', '.join(over)}")
    if log.degradation:
        given_up = ", ".join(log.degradation.get("given_up", ()))
        lines.append(f"does without {given_up} ({log.degradation.get('reason', '')})")
    return lines
