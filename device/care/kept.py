"""What the speaker keeps of people on its disk, where, and what takes it away again.

Whatever is written to the state folder is described here, or is among what tells nothing of people.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DAY_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of what is kept."""

    name: str
    what: str
    """As people say it."""
    files: tuple[str, ...]
    """Patterns, relative to the state folder."""
    ages: bool = True
    """Whether it is of no use when it is old; what is still wanted then goes only with the rest."""


KEPT: Final = (
    Kept("wakes", "recordings of what woke the speaker, and what came of it", ("wakes/*",)),
    Kept("timers", "timers, alarms and reminders", ("timers.sqlite*",), ages=False),
    Kept("lists", "the shopping list and other lists", ("lists.sqlite*",), ages=False),
    Kept("profile", "what people asked to be remembered", ("profile.sqlite*",), ages=False),
    Kept("home", "what there is in the home", ("home.*",), ages=False),
    Kept(
        "turns",
        "how long turns took and when somebody spoke, without words",
        ("turns.jsonl*", "totals.json*", "floor.json*", "echo.json*", "degradation.json*"),
        ages=False,
    ),
    Kept("usage", "how much services elsewhere were used", ("usage.json", "usage.new")),
    Kept("cache", "what was made of the names in the home", ("cache/*",), ages=False),
)
NOT_PERSONAL: Final = ("settings.*", "*.lock", "purge.*", "update-request")
"""Patterns of files that stay: volume and the like, and what processes agree by."""


@dataclass(frozen=True, slots=True)
class Found:
    """How much there is of one kind."""

    kept: Kept
    files: tuple[Path, ...]
    size_bytes: int


def found(folder: Path, cache: Path, before: float | None = None) -> tuple[Found, ...]:
    """What is there, of every kind that there is anything of.

    `before`: seconds since 1970; only what is older and of no use then. None: everything.
    """
    every = (_found(kept, folder, cache, before) for kept in KEPT)
    return tuple(one for one in every if one.files)


def remove(files: Iterable[Path]) -> list[Path]:
    """Remove files; gives those that could not be."""
    stuck = []
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError:
            stuck.append(file)
    return stuck


def days_ago(days: float) -> float:
    """Seconds since 1970."""
    return time.time() - days * DAY_SECONDS


def _found(kept: Kept, folder: Path, cache: Path, before: float | None) -> Found:
    files = [file for file in _files(kept, folder, cache) if _is_old(file, kept, before)]
    sizes = [0]
    for file in files:
        with suppress(OSError):
            sizes.append(file.stat().st_size)
    return Found(kept, tuple(files), sum(sizes))


def _files(kept: Kept, folder: Path, cache: Path) -> Iterator[Path]:
    for pattern in kept.files:
        start, _, rest = pattern.partition("cache/")
        root, pattern = (cache, rest) if rest and not start else (folder, pattern)
        yield from (
            file
            for file in sorted(root.glob(pattern))
            if file.is_file() and not any(file.match(stays) for stays in NOT_PERSONAL)
        )


def _is_old(file: Path, kept: Kept, before: float | None) -> bool:
    if before is None:
        return True
    if not kept.ages and not file.name.endswith(".damaged"):
        return False
    try:
        return file.stat().st_mtime < before
    except OSError:
        return False
