import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from device.logs import prefixed

PROGRAM = """
import logging
from device.logs import set_up_log
set_up_log(verbose=False)
log = logging.getLogger("device.run")
log.info("listens")
log.warning("no broker")
try:
    raise ValueError("odd")
except ValueError:
    log.exception("failed")
"""


@pytest.mark.parametrize(
    ("level", "begins"),
    [
        (logging.CRITICAL, "<2>"), (logging.ERROR, "<3>"), (logging.WARNING, "<4>"),
        (logging.INFO, "<6>"), (logging.DEBUG, "<7>"), (5, "<7>"),
    ],
)  # fmt: skip
def test_every_line_has_the_level_of_the_journal(level: int, begins: str) -> None:
    assert prefixed("one\ntwo", level) == f"{begins}one\n{begins}two"


def logged(into: Path, journal: str) -> list[str]:
    """What a program that logs leaves on standard error when JOURNAL_STREAM is so."""
    with into.open("wb") as error:
        status = os.fstat(error.fileno())
        named = journal.format(device=status.st_dev, inode=status.st_ino)
        environment = {**os.environ, "JOURNAL_STREAM": named}
        subprocess.run([sys.executable, "-c", PROGRAM], stderr=error, env=environment, check=True)
    return into.read_text().splitlines()


def test_the_journal_gets_levels_and_no_second_time(tmp_path: Path) -> None:
    lines = logged(tmp_path / "log", "{device}:{inode}")
    assert lines[:3] == [
        "<6>device.run: listens", "<4>device.run: no broker", "<3>device.run: failed",
    ]  # fmt: skip
    assert lines[-1] == "<3>ValueError: odd"
    assert all(line.startswith("<3>") for line in lines[2:]), "a traceback stays together"


def test_standard_error_that_is_not_the_journal_stays_readable(tmp_path: Path) -> None:
    assert logged(tmp_path / "log", "8:12345")[0] == "INFO device.run: listens"


def test_a_command_that_fails_tells_the_journal_an_error(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as error:
        status = os.fstat(error.fileno())
        environment = {**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        command = [sys.executable, "-m", "device", "run", "--config", str(tmp_path / "none.toml")]
        done = subprocess.run(command, stderr=error, env=environment)
    assert done.returncode == 2
    assert log.read_text().startswith("<3>parlor: cannot read ")
