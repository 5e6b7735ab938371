"""What `parlor doctor --privacy` tells: what may leave, what was used out there, what is kept."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from device.care.kept import Found, found
from device.care.leaving import Leaving, Reach, leaving
from device.config import Config
from device.folders import cache_folder, state_folder
from device.ledger import Ledger

Usage = dict[str, dict[str, float]]
"""Amounts by unit, by service."""


def tell_privacy(config: Config, as_json: bool) -> None:
    """Print it; nothing is sent to find it out."""
    ways = leaving(config)
    days = used_by_day()
    kept = found(state_folder(), cache_folder())
    if as_json:
        typer.echo(json.dumps(_as_dict(ways, days, kept)))
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in (*_ways(ways), *used_lines(days), *_kept(kept)):
        console.print(line)


def used_by_day() -> dict[str, Usage]:
    """What services elsewhere were used for, as far as it is on disk."""
    return Ledger(state_folder(), date.today, time.monotonic).days()


def used_lines(days: dict[str, Usage]) -> list[str]:
    """The same for people: today, and in the last month."""
    today = days.get(date.today().isoformat(), {})
    month: dict[str, Counter[str]] = {}
    for services in days.values():
        for service, units in services.items():
            month.setdefault(service, Counter()).update(units)
    return [
        f"used of {escape(service)}: today {_amounts(today.get(service, {}))}; "
        f"in the last month {_amounts(amounts)}"
        for service, amounts in sorted(month.items())
    ]


def _as_dict(
    ways: tuple[Leaving, ...], days: dict[str, Usage], kept: tuple[Found, ...]
) -> dict[str, Any]:
    return {
        "leaves": [{**asdict(way), "reach": way.reach} for way in ways],
        "used": days,
        "kept": [
            {"name": one.kept.name, "what": one.kept.what, "files": len(one.files),
             "bytes": one.size_bytes}
            for one in kept
        ],
    }  # fmt: skip


def _ways(ways: tuple[Leaving, ...]) -> list[str]:
    away = [way for way in ways if way.reach is not Reach.DEVICE]
    if not away:
        return ["[green]✓[/] nothing leaves this device"]
    lines = ["may leave this device:"]
    for way in away:
        where = "" if way.reach is Reach.NETWORK else " [yellow]on the internet[/]"
        what = ", ".join(way.what)
        lines.append(f"  [bold]{escape(way.host)}[/]{where} gets {what}")
        lines.append(f"    {way.when} ({escape(way.section)})")
    return lines


def _amounts(units: Mapping[str, float]) -> str:
    told = (f"{amount:,.0f} {unit.replace('_', ' ')}" for unit, amount in sorted(units.items()))
    return ", ".join(told) or "nothing"


def _kept(kept: tuple[Found, ...]) -> list[str]:
    if not kept:
        return ["nothing of people is kept"]
    lines = ["is kept here, until parlor purge:"]
    return lines + [f"  {one.kept.what} ({one.size_bytes / 1000:,.0f} kB)" for one in kept]
