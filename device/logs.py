"""What goes into the log.

Nothing that somebody said or was answered, unless [privacy] log_words asks for it, and no key.
Libraries tell both below INFO, and some the whole address of a request, which for some services
holds a key: so they are listened to from INFO on, and those from WARNING on.

The journal keeps time and name itself and shows levels in colour, if every line begins with its
level as sd-daemon(3) writes it: <2> critical, <3> error, <4> warning, <6> information, <7> detail.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from device.errors import DeviceError
from device.journal import RateLimit

_TELL_ADDRESSES: Final = ("httpx", "httpx2")
_FORM: Final = "%(levelname)s %(name)s: %(message)s"
_JOURNAL_FORM: Final = "%(name)s: %(message)s"
_STANDARD_ERROR: Final = 2
_NUMBERS: Final = (
    (logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (0, 7),
)  # fmt: skip


class JournalFormatter(logging.Formatter):
    """Gives every line its level, those of a traceback, too."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as the journal likes it."""
        return prefixed(super().format(record), record.levelno)


def set_up_log(verbose: bool) -> None:
    """Log to standard error; verbose: what the speaker's own parts do, too, however often."""
    handler = logging.StreamHandler()
    in_journal = to_journal()
    form = JournalFormatter(_JOURNAL_FORM) if in_journal else logging.Formatter(_FORM)
    handler.setFormatter(form)
    if not verbose:
        handler.addFilter(RateLimit())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("device").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in _TELL_ADDRESSES:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def exit_code() -> Iterator[None]:
    """Let an error that we know end the program: one clear line and the error's exit code."""
    try:
        yield
    except DeviceError as error:
        complain(f"parlor: {error} [{error.code}]")
        sys.exit(error.exit_code)


def complain(text: str) -> None:
    """Write the last words of a program that failed to standard error."""
    sys.stderr.write((prefixed(text, logging.ERROR) if to_journal() else text) + "\n")


def prefixed(text: str, level: int) -> str:
    """Every line of a text with a level of `logging` as sd-daemon(3) writes it."""
    number = next(number for least, number in _NUMBERS if level >= least)
    return "\n".join(f"<{number}>{line}" for line in text.splitlines())


def to_journal() -> bool:
    """Whether standard error is the journal itself: systemd names that by device and inode."""
    try:
        status = os.fstat(_STANDARD_ERROR)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
