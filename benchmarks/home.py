"""`parlor bench home`: how well and how fast a home is commanded, learned and kept up with.

From the end of speech to the lamp; two thousand learned things; two hundred commands a second; two
hundred speakers whose broker comes back; and how well and how fast sentences are understood.
"""

import asyncio
from pathlib import Path

from benchmarks import home_command, home_load, home_rebuild, home_text
from benchmarks.plots import bars
from benchmarks.report import Report
from benchmarks.storm import reconnect_storm

_SPEAKERS = 200


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Speak 10 commands and draw 300 sentences a language, or 50 and 3,000 with `full`."""
    figures = [
        *home_command.measure(50 if full else 10, config),
        *home_rebuild.measure(quick),
        *home_load.measure(60.0 if full else 10.0),
        *asyncio.run(reconnect_storm(_SPEAKERS)),
        *home_text.measure(3000 if full else 300, config),
    ]
    if plot is not None:
        times = {figure.name: figure.value for figure in figures if figure.unit == "ms"}
        bars(plot, times, "ms")
    return Report("home", figures)
