"""`parlor purge`: remove what is kept of people."""

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from device.care.kept import Found, days_ago, found
from device.care.purging import claimed, purge, requested
from device.errors import StorageError
from device.folders import cache_folder, state_folder

_PATIENCE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2


def purge_command(
    older_than: Annotated[
        float | None,
        typer.Option("--older-than", min=0, help="Only what is older than so many days."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove everything personal: recordings, timers, lists, names; a running speaker forgets it.

    With --older-than only what is of no use when it is old: timers and lists stay.
    """
    before = None if older_than is None else days_ago(older_than)
    folder = state_folder()
    kept = found(folder, cache_folder(), before)
    if not kept:
        typer.echo("there is nothing to remove")
        return
    for one in kept:
        typer.echo(f"{one.kept.what}: {len(one.files)} file(s), {_size(one)}")
    if not yes:
        typer.confirm("Remove all of this?", abort=True)
    asked = time.time()
    with claimed(folder) as ours:
        if ours:
            purge(folder, cache_folder(), before)
        else:
            _ask(folder, before)
    stuck = [file for one in kept for file in one.files if _was_there(file, asked)]
    if stuck:
        raise StorageError(f"{stuck[0]} cannot be removed; correct its owner")
    typer.echo("removed")


def _ask(folder: Path, before: float | None) -> None:
    """Have the speaker that runs do it."""
    with requested(folder, before) as request:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while request.exists():
            if time.monotonic() > deadline:
                raise StorageError(
                    "the speaker that runs here does not forget; stop it and try again"
                )
            time.sleep(_LOOK_SECONDS)


def _was_there(file: Path, moment: float) -> bool:
    """Whether it is older: a speaker that runs begins some files anew."""
    try:
        return file.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _size(one: Found) -> str:
    return f"{one.size_bytes / 1000:,.1f} kB"
