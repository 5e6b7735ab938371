"""Fetching a model while the program dies, or the disk fills up, before one of its steps on disk.

    python -m tests.models.faults FAULT MANIFEST FOLDER

For every step there is, the model is fetched into FOLDER/<step> until that step. What is left is
for the test to look at; the last folder is that of an undisturbed run.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from device.errors import DeviceError
from device.fetching.fetcher import Fetcher
from device.models.manifest import Manifest, parse
from device.models.sources import Web
from device.models.store import Store
from tests.releases.faults import disturb

MOST_STEPS = 100


def fetch(model: Manifest, folder: Path) -> None:
    """One file after the other, without ever waiting."""
    source = Web(Fetcher(sleep=lambda _: None))
    Store(folder).fetch([model], source, lambda *_: None, lambda: None, jobs=1)


def every_step(fault: str, model: Manifest, folder: Path) -> int:
    """Gives the step that was not reached any more."""
    for step in range(1, MOST_STEPS):
        child = os.fork()
        if child == 0:
            disturbed = disturb(fault, step)
            with suppress(DeviceError):
                fetch(model, folder / f"{step:03}")
            os._exit(int(disturbed()))
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            return step
    raise AssertionError(f"more than {MOST_STEPS} steps")


if __name__ == "__main__":
    text = Path(sys.argv[2]).read_text(encoding="utf-8")
    every_step(sys.argv[1], parse(text, sys.argv[2]), Path(sys.argv[3]))
