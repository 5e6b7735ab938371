"""How far an update is: root writes it, the speaker reads it and tells Home Assistant."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from device.releases import disk

STEPS: Final = ("fetching", "installing", "switching")
_WRITE_SECONDS: Final = 1.0
_STALE_SECONDS: Final = 3600.0
"""Whoever wrote nothing for so long is gone."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an update is."""

    step: str = ""
    """One of STEPS; empty: none is under way."""
    percent: int | None = None
    """0 to 100; None: nobody knows."""
    version: str = ""
    """What it leads to."""
    message: str = ""
    """What went wrong; empty: nothing."""
    code: str = ""
    """Stable code of device/errors.py; empty: nothing went wrong."""

    @property
    def under_way(self) -> bool:
        """Whether something happens."""
        return bool(self.step)


class ProgressFile:
    """Writes it, at most once a second while only the percentage changes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told = Progress()
        self._at = float("-inf")

    def tell(self, progress: Progress) -> None:
        """Let everybody know. Raises OSError."""
        now = time.monotonic()
        if progress == self._told:
            return
        if progress.step == self._told.step and now - self._at < _WRITE_SECONDS:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        disk.put_text(self._file, json.dumps(asdict(progress)))
        self._file.chmod(0o644)
        self._told, self._at = progress, now


def read_progress(file: Path) -> Progress:
    """What was written last; nothing under way where that cannot be read."""
    try:
        if time.time() - file.stat().st_mtime > _STALE_SECONDS:
            return Progress()
        told = json.loads(file.read_text(encoding="utf-8"))
        percent = told["percent"]
        return Progress(
            str(told["step"]), None if percent is None else max(0, min(100, int(percent))),
            str(told["version"]), str(told["message"]), str(told["code"]),
        )  # fmt: skip
    except (OSError, ValueError, TypeError, KeyError):
        return Progress()
