"""What was used of services elsewhere, by local day: what budgets and the bill go by.

usage.json in the state folder: {"2026-11-21": {"openai": {"requests": 3.0}}}, the last 31 days.
Several processes may count on it, each adds what is its own. It is written when `save` is called
and not at every request, so a power cut loses what was counted since.
"""

import fcntl
import json
import logging
import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

from device.outside import Unit
from device.stored import replace_synced

_LOGGER = logging.getLogger(__name__)

FILE: Final = "usage.json"
_LATELY_SECONDS: Final = 60
_MOST_DAYS: Final = 31
_DAMAGED: Final = (OSError, ValueError, TypeError, AttributeError, RecursionError)

Key = tuple[str, str, Unit]
"""Day as ISO writes it, service, unit."""
Usage = dict[Key, float]


class Ledger:
    """Counts in memory, keeps on disk. Thread-safe."""

    def __init__(
        self, folder: Path | None, today: Callable[[], date], ticks: Callable[[], float]
    ) -> None:
        """Read what is kept; what cannot be read counts as nothing. Folder None: nothing is kept.

        `today` is the local day, `ticks` counts seconds and never goes back.
        """
        self._file = None if folder is None else folder / FILE
        self._today = today
        self._ticks = ticks
        self._lock = threading.Lock()
        self._kept = _read(self._file)
        self._fresh: Usage = {}
        self._lately: defaultdict[int, Usage] = defaultdict(dict)
        """By second."""

    def add(self, service: str, unit: Unit, amount: float) -> None:
        """Count what was used; what is no amount counts as nothing."""
        if not (math.isfinite(amount) and amount > 0):
            return
        with self._lock:
            used = {(self._today().isoformat(), service, unit): amount}
            self._fresh = _sum(self._fresh, used)
            self._forget()
            second = int(self._ticks())
            self._lately[second] = _sum(self._lately[second], used)

    def spent(self, service: str, unit: Unit) -> float:
        """How much was used this local day."""
        with self._lock:
            key = self._today().isoformat(), service, unit
            return self._kept.get(key, 0.0) + self._fresh.get(key, 0.0)

    def spent_lately(self, service: str, unit: Unit) -> float:
        """How much this process used in the last minute."""
        with self._lock:
            self._forget()
            return sum(
                amount
                for second in self._lately.values()
                for (_, whose, counted), amount in second.items()
                if (whose, counted) == (service, unit)
            )

    def days(self) -> dict[str, dict[str, dict[str, float]]]:
        """Everything that is known, by day (the oldest first), service and unit."""
        with self._lock:
            return _as_dict(_sum(self._kept, self._fresh))

    def today(self) -> dict[str, dict[str, float]]:
        """Everything of this local day, by service and unit."""
        return self.days().get(self._today().isoformat(), {})

    def save(self) -> None:
        """Add to the disk what was counted since; a full disk costs only what a restart forgets."""
        with self._lock:
            if self._file is None or not self._fresh:
                return
            try:
                with _locked(self._file):
                    whole = _bounded(_sum(_read(self._file), self._fresh))
                    replace_synced(self._file, _as_dict(whole))
            except OSError as error:
                _LOGGER.warning("what was used of services cannot be kept: %s", error)
                return
            self._kept, self._fresh = whole, {}

    def _forget(self) -> None:
        oldest = int(self._ticks()) - _LATELY_SECONDS
        for second in [second for second in self._lately if second <= oldest]:
            del self._lately[second]


def _read(file: Path | None) -> Usage:
    try:
        return {} if file is None else _usage(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except _DAMAGED as error:
        _LOGGER.warning("%s cannot be read, the count begins anew: %s", file, error)
        return {}


def _usage(kept: dict[str, Any]) -> Usage:
    return {
        (date.fromisoformat(day).isoformat(), service, Unit(unit)): float(amount)
        for day, services in kept.items()
        for service, units in services.items()
        for unit, amount in units.items()
        if math.isfinite(amount) and amount > 0
    }


def _sum(one: Usage, other: Usage) -> Usage:
    return {key: one.get(key, 0.0) + other.get(key, 0.0) for key in one | other}


def _as_dict(usage: Usage) -> dict[str, dict[str, dict[str, float]]]:
    days: dict[str, dict[str, dict[str, float]]] = {}
    for (day, service, unit), amount in sorted(usage.items()):
        days.setdefault(day, {}).setdefault(service, {})[unit] = amount
    return days


def _bounded(usage: Usage) -> Usage:
    days = sorted({day for day, _, _ in usage})[-_MOST_DAYS:]
    return {key: amount for key, amount in usage.items() if key[0] in days}


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """No other process reads and writes it meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("a") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield
