"""One command at a time works on the releases."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from device.errors import ReleaseBusy, StorageError
from device.fetching.lock import taken
from device.releases.layout import Layout

_WAIT_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 0.2


@contextmanager
def alone(layout: Layout, wait_seconds: float = _WAIT_SECONDS) -> Iterator[int]:
    """Hold the lock inside the block, once whoever has it is done; gives its file descriptor.

    A program that is handed the descriptor holds the lock too: what a killed command has started
    is waited for. Raises ReleaseBusy and StorageError.
    """
    try:
        layout.releases.mkdir(parents=True, exist_ok=True)
        stream = layout.lock.open("a")
    except OSError as error:
        raise StorageError(f"cannot work in {layout.home}: {error.strerror}") from error
    with stream:
        deadline = time.monotonic() + wait_seconds
        while not taken(stream.fileno()):
            if time.monotonic() > deadline:
                raise ReleaseBusy(f"another command still works in {layout.home}; try again later")
            time.sleep(_LOOK_SECONDS)
        yield stream.fileno()
