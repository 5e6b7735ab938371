"""One page for a browser: boards side by side, with bars. It needs no other file. Pure."""

from collections.abc import Iterable
from html import escape
from typing import Final

from benchmarks.hil.compare import Comparison, Row

_HEAD: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Parlor: hardware in the loop</title>
<style>
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem;
         padding: 0 1rem; color: #222; background: #fff }
  table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; table-layout: fixed }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e4e4e4;
           vertical-align: top; overflow-wrap: anywhere }
  .bar { height: .45rem; background: #4a7db5; border-radius: .2rem; margin-top: .25rem }
  .differs { background: #fff6dc }
  .passed { color: #1d7a35 } .failed, .spoiled { color: #b3261e } .not { color: #777 }
</style>
<h1>Hardware in the loop</h1>
"""


def page(comparison: Comparison) -> str:
    """The HTML."""
    parts = [
        _HEAD,
        _table("Figures", comparison.boards, map(_figure, comparison.figures)),
        _table("Scenarios", comparison.boards, map(_scenario, comparison.scenarios)),
        _table("Boards", comparison.boards, map(_plain, comparison.facts)),
        "<p>Yellow: the boards are not alike in it.</p>\n</html>\n",
    ]
    return "".join(parts)


def _table(title: str, boards: tuple[str, ...], rows: Iterable[str]) -> str:
    heads = "".join(f"<th>{escape(one)}</th>" for one in ("", *boards))
    return f"<h2>{title}</h2>\n<table>\n<tr>{heads}</tr>\n{''.join(rows)}</table>\n"


def _line(row: Row, cells: Iterable[str]) -> str:
    kind = ' class="differs"' if row.differs else ""
    return f"<tr{kind}><th>{escape(row.what)}</th>{''.join(cells)}</tr>\n"


def _plain(row: Row) -> str:
    return _line(row, (f"<td>{escape(cell)}</td>" for cell in row.cells))


def _figure(row: Row) -> str:
    largest = max((abs(value) for value in row.values if value is not None), default=0.0)
    return _line(row, (
        f"<td>{escape(cell)}{_bar(value, largest)}</td>"
        for cell, value in zip(row.cells, row.values, strict=True)
    ))  # fmt: skip


def _bar(value: float | None, largest: float) -> str:
    """Levels are below zero: the louder, the longer."""
    if value is None or largest == 0:
        return ""
    share = abs(value) / largest if value >= 0 else 1 - abs(value) / 96
    return f'<div class="bar" style="width: {100 * max(0.0, share):.0f}%"></div>'


def _scenario(row: Row) -> str:
    return _line(row, (
        f'<td class="{(cell.split() or ["not"])[0]}">{escape(cell)}</td>' for cell in row.cells
    ))  # fmt: skip
