"""The one object that every bench prints: figures with count, interval, target and baseline."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from device.metrics.proportion import wilson as wilson

_ANY_WIDTH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, beside its baseline from the same run."""

    name: str
    """Stable snake-case name."""
    value: float
    unit: str
    better: Literal["lower", "higher"]
    n: int
    """How many observations the value rests on."""
    target: float | None = None
    baseline: float | None = None
    baseline_is: str | None = None
    """What the baseline is, in words."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval of `value`."""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "lower" else self.value >= self.target


@dataclass(frozen=True, slots=True)
class Report:
    """What one bench measured."""

    bench: str
    figures: list[Figure]
    machine: dict[str, Any] = field(default_factory=lambda: machine())

    def as_json(self) -> str:
        """The contract's object on one line."""
        return json.dumps(asdict(self))

    def show(self, console: Console) -> None:
        """Print a table made for eyes; what the baselines are stands below it."""
        notes = list(dict.fromkeys(one.baseline_is for one in self.figures if one.baseline_is))
        table = Table(title=f"parlor bench {self.bench}", title_justify="left", box=SIMPLE_HEAD)
        table.add_column("figure", overflow="fold")
        for column in ("value", "95 % interval", "target", "baseline", "n"):
            table.add_column(column, justify="right")
        for figure in self.figures:
            table.add_row(*_row(figure, notes))
        # Into a file nothing need be folded: what reads it there has no width.
        if not console.is_terminal:
            unbound = console.options.update(max_width=_ANY_WIDTH)
            console.width = max(console.width, console.measure(table, options=unbound).maximum)
        console.print(table)
        for number, note in enumerate(notes, start=1):
            console.print(f"  baseline {number}: {note}", highlight=False)


def _row(figure: Figure, notes: list[str]) -> tuple[str, ...]:
    mark = {True: " [green]✓[/]", False: " [red]✗[/]", None: ""}[figure.met]
    interval = figure.interval
    sign = "≤" if figure.better == "lower" else "≥"
    note = f" [dim]({notes.index(figure.baseline_is) + 1})[/]" if figure.baseline_is else ""
    return (
        figure.name,
        f"{figure.value:.4g} {figure.unit}{mark}",
        "" if interval is None else f"{interval[0]:.3g} to {interval[1]:.3g}",
        "" if figure.target is None else f"{sign} {figure.target:.4g}",
        "" if figure.baseline is None else f"{figure.baseline:.4g}{note}",
        str(figure.n),
    )


def machine() -> dict[str, Any]:
    """Facts a reader needs to compare figures."""
    model = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [
        line.split(":", 1)[1].strip()
        for line in model.splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "arch": platform.machine(),
        "python": platform.python_version(),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, interpolated."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
