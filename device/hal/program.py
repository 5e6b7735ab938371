"""Asks other programs of the computer how it is."""

import subprocess
from collections.abc import Sequence
from typing import Final

_SECONDS: Final = 5.0


def words_of(command: Sequence[str]) -> str:
    """What a program writes to its output; empty where it fails, hangs or is not there."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False,
            errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
