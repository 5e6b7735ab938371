"""One at a time: a folder that several programs would change is held by one of them."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from device.fetching.part import make_folder, storing


@contextmanager
def held(folder: Path, waits: Callable[[], None]) -> Iterator[None]:
    """Hold a folder; `waits` is told when somebody else does, who is then waited for.

    A program that ends, however, holds nothing. Raises StorageError.
    """
    with storing(folder):
        make_folder(folder)
        file = (folder / ".lock").open("ab")
    with file:
        if not taken(file.fileno()):
            waits()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def taken(descriptor: int) -> bool:
    """Take the lock of an open file, unless somebody else holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
