"""Measurements of single pieces by seed, kept on disk so that a long run can be resumed."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn


class Ledger:
    """One JSON line a piece; what is there already is not measured again."""

    def __init__(self, path: Path | None, fingerprint: str) -> None:
        """Path None keeps nothing. Lines of other fingerprints are left alone and not used."""
        self._path = path
        self._fingerprint = fingerprint
        self._known: dict[str, Any] = {}
        if path is not None and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._take(line)

    def measure(
        self, title: str, keys: Iterable[str], measured: Callable[[str], Any]
    ) -> Iterator[Any]:
        """Results for all keys in order, with progress on stderr."""
        wanted = list(keys)
        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            for key in progress.track(wanted, description=title):
                if key not in self._known:
                    self._keep(key, measured(key))
                yield self._known[key]

    def _take(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:  # the last line of a run that was killed
            return
        if entry["fingerprint"] == self._fingerprint:
            self._known[entry["key"]] = entry["result"]

    def _keep(self, key: str, result: Any) -> None:
        self._known[key] = result
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        entry = {"fingerprint": self._fingerprint, "key": key, "result": result}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
