"""Removes releases that nobody goes back to any more."""

from typing import Final

from device.releases import disk
from device.releases.history import History
from device.releases.installing import tidy
from device.releases.layout import Layout

KEEP: Final = 2
"""How many releases stay usually: what runs, and the one to go back to."""


def collect(layout: Layout, keep: int) -> list[str]:
    """Keep `keep` releases: what runs, what is trusted, and those that proved healthy last.

    What runs and what is trusted stay in any case. Gives the names of the removed. Raises OSError.
    """
    tidy(layout)
    links = (layout.named(layout.current), layout.named(layout.last_good))
    wanted = [name for name in links if name is not None]
    proved = [name for name in History(layout.history).confirmed() if layout.whole(name)]
    others = [name for name in proved if name not in wanted]
    kept = {*wanted, *others[: max(0, keep - len(set(wanted)))]}
    removed = [name for name in layout.installed() if name not in kept]
    for name in removed:
        disk.remove_release(layout.release(name))
        History(layout.history).add("removed", name)
    return removed
