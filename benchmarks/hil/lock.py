"""One run at a time: two would hear each other, and be slow together."""

import getpass
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from device.errors import DeviceBusy
from device.fetching.lock import taken

_POLL_SECONDS: Final = 0.5


def usual_place() -> Path:
    """Where the lock of this machine is."""
    shared = Path("/run/lock")
    return (shared if os.access(shared, os.W_OK) else Path("/tmp")) / "parlor-hil.lock"


@contextmanager
def locked(
    place: Path, wait_seconds: float = 0.0, waiting: Callable[[str], None] = lambda _holder: None
) -> Iterator[None]:
    """Hold the lock for the block; it is free again however the process ends.

    `waiting` is called once with who holds it. Raises DeviceBusy when it is held for longer than
    `wait_seconds`.
    """
    # Everybody may write: in a sticky folder a file of somebody else cannot be opened to make it.
    descriptor = _open(place)
    try:
        deadline, told = time.monotonic() + wait_seconds, False
        while not taken(descriptor):
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "somebody"
            if time.monotonic() >= deadline:
                raise DeviceBusy(
                    f"another run has the sound devices: {holder}; wait for it (--wait SECONDS),"
                    " or end it"
                )
            if not told:
                waiting(holder)
                told = True
            time.sleep(_POLL_SECONDS)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _myself().encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _open(place: Path) -> int:
    try:
        return os.open(place, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        os.fchmod(descriptor, 0o666)
        return descriptor


def _myself() -> str:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return f"process {os.getpid()} of {getpass.getuser()}, since {since}\n"
