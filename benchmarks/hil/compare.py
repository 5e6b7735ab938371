"""Reports of several boards side by side. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.hil.report import HilReport, count
from benchmarks.report import Figure


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a fact, a figure or a scenario, with a cell for each board."""

    what: str
    cells: tuple[str, ...]
    values: tuple[float | None, ...] = ()
    """Of a figure, to be drawn."""
    differs: bool = False
    """Whether the boards are not alike in it: other facts, intervals apart, another end."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is to see."""

    boards: tuple[str, ...]
    facts: tuple[Row, ...]
    figures: tuple[Row, ...]
    scenarios: tuple[Row, ...]


def compare(reports: Sequence[HilReport]) -> Comparison:
    """Put them side by side, in the order given."""
    names = dict.fromkeys(one.name for report in reports for one in report.figures)
    played = dict.fromkeys(one.name for report in reports for one in report.scenarios)
    return Comparison(
        tuple(one.board for one in reports),
        tuple(_facts(reports)),
        tuple(_figure(name, reports) for name in names),
        tuple(_scenario(name, reports) for name in played),
    )


def _facts(reports: Sequence[HilReport]) -> list[Row]:
    rows = [
        _row("at", reports, lambda one: one.at),
        _row("Parlor", reports, lambda one: one.parlor),
        _row("speaker", reports, lambda one: one.speaker),
        _row("scenarios", reports, lambda one: ", ".join(
            f"{number} {state}" for state, number in count(one.scenarios).items())),
    ]  # fmt: skip
    about = [{**one.machine, **one.rig} for one in reports]
    for key in dict.fromkeys(key for one in about for key in one):
        rows.append(_line(key, tuple(str(one.get(key, "")) for one in about)))
    return rows


def _row(what: str, reports: Sequence[HilReport], cell: Callable[[HilReport], str]) -> Row:
    return _line(what, tuple(cell(one) for one in reports))


def _line(what: str, cells: tuple[str, ...]) -> Row:
    return Row(what, cells, differs=len(set(cells)) > 1)


def _figure(name: str, reports: Sequence[HilReport]) -> Row:
    found = [next((one for one in report.figures if one.name == name), None) for report in reports]
    cells = tuple("" if one is None else _told(one) for one in found)
    values = tuple(None if one is None else one.value for one in found)
    intervals = [one.interval for one in found if one is not None and one.interval is not None]
    apart = bool(intervals) and max(low for low, _ in intervals) > min(
        high for _, high in intervals
    )
    return Row(name, cells, values, apart)


def _told(figure: Figure) -> str:
    interval = figure.interval
    between = "" if interval is None else f" ({interval[0]:.4g} to {interval[1]:.4g})"
    return f"{figure.value:.4g} {figure.unit}".strip() + f"{between}, n={figure.n}"


def _scenario(name: str, reports: Sequence[HilReport]) -> Row:
    found = [
        next((one for one in report.scenarios if one.name == name), None) for report in reports
    ]
    states = {one.state for one in found if one is not None}
    cells = tuple("" if one is None else " - ".join(filter(None, (one.state, one.why)))
                  for one in found)  # fmt: skip
    return Row(name, cells, differs=len(states) > 1)
