"""A release command that dies, or meets a full or read-only disk, before one of its steps on disk.

    python -m tests.releases.faults FAULT TEMPLATE FOLDER COMMAND...

For every step there is, a copy of TEMPLATE is made in FOLDER/<step>, and COMMAND works on it until
that step. What is left is for the test to look at; the last folder is that of an undisturbed run.
"""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from device.errors import DeviceError
from device.releases.command import main

WRITING = {"os.rename", "os.symlink", "os.mkdir"}
REMOVING = {"os.remove", "os.rmdir"}
CHANGES = {
    "kill": WRITING | REMOVING | {"subprocess.Popen"},
    "full": WRITING,
    "read-only": WRITING | REMOVING,
}
MOST_STEPS = 200


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fails(number: int) -> Callable[[], None]:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    return fail


FAULTS = {"kill": _die, "full": _fails(errno.ENOSPC), "read-only": _fails(errno.EROFS)}


def disturb(fault: str, step: int) -> Callable[[], bool]:
    """Have the step-th change on disk of this process fail, and all after it; tells if one has."""
    done = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal done
        if event == "open" and isinstance(arguments[2], int):
            changes = bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        else:
            changes = event in CHANGES[fault]
        done += changes
        if changes and done >= step:
            FAULTS[fault]()

    sys.addaudithook(hook)
    return lambda: done >= step


def _child(fault: str, step: int, command: list[str]) -> int:
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    disturbed = disturb(fault, step)
    with suppress(DeviceError):
        main(command)
    return int(disturbed())


def every_step(fault: str, template: Path, folder: Path, command: list[str]) -> int:
    """Gives the step that was not reached any more."""
    for step in range(1, MOST_STEPS):
        root = folder / f"{step:03}"
        shutil.copytree(template, root, symlinks=True)
        child = os.fork()
        if child == 0:
            os._exit(_child(fault, step, [*command, "--root", str(root)]))
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            return step
    raise AssertionError(f"more than {MOST_STEPS} steps")


if __name__ == "__main__":
    print(every_step(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]))  # noqa: T201
