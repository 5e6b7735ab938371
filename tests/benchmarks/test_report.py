"""What a bench prints for people."""

from io import StringIO

from rich.console import Console

from benchmarks.report import Figure, Report

LONG = "aec.erle_distorted_after_3s_rooms_worse_than_webrtc"


def shown(**console: object) -> str:
    figure = Figure(LONG, 541.0, "ms", "lower", 12, 450, 1263.0, "every trick off", (500, 600))
    file = StringIO()
    Report("x", [figure], {}).show(Console(file=file, **console))  # type: ignore[arg-type]
    return file.getvalue()


def test_a_table_in_a_file_has_every_column_whole() -> None:
    told = shown(width=80)
    row = next(line for line in told.splitlines() if LONG in line)
    assert row.split() == [
        LONG,
        "541",
        "ms",
        "✗",
        "500",
        "to",
        "600",
        "≤",
        "450",
        "1263",
        "(1)",
        "12",
    ]


def test_a_table_on_a_narrow_terminal_folds_names_and_keeps_figures() -> None:
    told = shown(width=80, force_terminal=True, color_system=None)
    assert all(figure in told for figure in ("541 ms", "500 to 600", "≤ 450", "1263", "12"))
    assert max(len(line) for line in told.splitlines()) <= 80
