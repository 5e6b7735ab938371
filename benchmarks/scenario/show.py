"""Shows what became of a scenario: one line an expectation."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.scenario.judge import Verdict
from benchmarks.scenario.outcome import Outcome


def show(outcome: Outcome, console: Console) -> None:
    """Print it for eyes."""
    mark = "[green]✓[/]" if outcome.passed else "[red]✗[/]"
    kind = "real time" if outcome.live else "virtual time"
    console.print(f"\n{mark} [bold]{outcome.scenario.name}[/]  [dim]{kind}[/]")
    console.print(f"  [dim]{escape(' '.join(outcome.scenario.shows.split()))}[/]")
    table = Table(box=None, show_header=False, padding=(0, 1), show_edge=False)
    table.add_column(width=3, justify="right")
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for verdict in outcome.verdicts:
        table.add_row(*_row(verdict))
        if verdict.why and not verdict.met:
            colour = "red" if verdict.applies else "dim"
            table.add_row("", f"[{colour}]{escape(verdict.why[:400])}[/]")
    console.print(table)


def _row(verdict: Verdict) -> tuple[str, ...]:
    mark = ("[green]✓[/]" if verdict.met else "[red]✗[/]") if verdict.applies else "[dim]-[/]"
    ms = "" if verdict.ms is None else f"{verdict.ms:.0f} ms"
    limit = "" if verdict.limit_ms is None else f"≤ {verdict.limit_ms:.0f} ms"
    return mark, escape(verdict.what), ms, limit
