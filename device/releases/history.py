"""What happened to the releases, one JSON object a line, the newest last."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from device.releases import disk

_LOGGER = logging.getLogger(__name__)
_MOST_LINES: Final = 200


class History:
    """A file of the last events; lines that cannot be read are passed over."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, event: str, release: str | None, **more: str | None) -> None:
        """Note that something happened to a release; a full disk costs the note, not the deed."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        told = {"at": at, "event": event, "release": release, **more}
        lines = [*self._lines()[1 - _MOST_LINES :], json.dumps(told)]
        try:
            disk.put_text(self._file, "\n".join(lines) + "\n")
        except OSError as error:
            _LOGGER.warning(
                "cannot note in %s that %s was %s: %s", self._file, release, event, error
            )

    def events(self) -> list[dict[str, Any]]:
        """All that can be read, oldest first."""
        found = []
        for line in self._lines():
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if isinstance(told, dict):
                found.append(told)
        return found

    def confirmed(self) -> list[str]:
        """Releases that proved healthy and were not gone back from since, the latest first."""
        names: dict[str, None] = {}
        for event in self.events():
            if event.get("event") == "confirmed":
                names.pop(str(event.get("release")), None)
                names[str(event.get("release"))] = None
            elif event.get("event") == "rolled back":
                names.pop(str(event.get("before")), None)
        return list(reversed(names))

    def _lines(self) -> list[str]:
        try:
            return self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
