"""A few small texts by name, kept on disk so that a power cut loses none of them."""

import fcntl
import logging
import os
import sqlite3
import threading
import weakref
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from device.errors import StorageError

_LOGGER = logging.getLogger(__name__)

_BUSY_SECONDS = 1.0
_SCHEMA = "CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, text TEXT NOT NULL)"


class Records:
    """One SQLite file. Thread-safe.

    Every write is one transaction with a rollback journal and a full sync: nothing is written
    while nothing changes, and what was written survives a power cut. A damaged file is moved aside
    to `*.damaged`. A write that fails is made good by the next one that does not. One process at a
    time has the file: another one would not see what this one changes. `shared` files have no such
    owner: whoever changes them loads them first.
    """

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self._path = path
        self._shared = shared
        self._written: dict[str, str] = {}
        self._lock = threading.Lock()
        self._claimed: int | None = None

    def load(self) -> dict[str, str]:
        """Everything that is kept. Raises StorageError; the records can be saved all the same."""
        with self._lock:
            self._claim()
            try:
                with closing(self._open()) as file:
                    self._written = dict(file.execute("SELECT name, text FROM records"))
            except (sqlite3.Error, OSError) as error:
                raise self._failed(error, "read") from error
            return dict(self._written)

    def save(self, records: Mapping[str, str]) -> None:
        """Keep exactly these. Raises StorageError; nothing is half kept then."""
        with self._lock:
            if records == self._written and not self._shared:
                return
            self._claim()
            try:
                self._write(records)
            except sqlite3.DatabaseError as error:
                failed = self._failed(error, "written")
                if not _is_damaged(error):
                    raise failed from error
                _LOGGER.warning("%s", failed)
                self._write_anew(records)
            except OSError as error:
                raise self._failed(error, "written") from error
            self._written = dict(records)

    def _claim(self) -> None:
        """Have the file to this process until it ends; the lock goes with it, however it ends."""
        if self._shared or self._claimed is not None:
            return
        lock = self._path.with_name(f"{self._path.name}.lock")
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            claimed = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failed(error, "opened") from error
        try:
            fcntl.lockf(claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(claimed)
            raise StorageError(
                f"another Parlor runs here and has {self._path}; say it to that one"
            ) from error
        weakref.finalize(self, os.close, claimed)
        self._claimed = claimed

    def _write_anew(self, records: Mapping[str, str]) -> None:
        try:
            self._write(records)
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error, "written") from error

    def _write(self, records: Mapping[str, str]) -> None:
        with closing(self._open()) as file, file:
            gone = [(name,) for name in self._written.keys() - records.keys()]
            file.executemany("DELETE FROM records WHERE name = ?", gone)
            file.executemany("INSERT OR REPLACE INTO records VALUES (?, ?)", records.items())

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # What people want to be reminded of is nobody else's business.
        self._path.touch(mode=0o600)
        file = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        try:
            file.execute("PRAGMA synchronous = FULL")
            file.execute("PRAGMA secure_delete = ON")  # what is forgotten is gone
            with file:
                file.execute(_SCHEMA)
        except BaseException:
            file.close()
            raise
        return file

    def _failed(self, error: Exception, done: str) -> StorageError:
        """The error to raise; a damaged file is out of the way when it returns."""
        if not _is_damaged(error):
            return StorageError(
                f"{self._path} cannot be {done}: {error}; free space there or correct its owner"
            )
        aside = self._path.with_name(f"{self._path.name}.damaged")
        try:
            self._path.replace(aside)
        except OSError as stuck:
            return StorageError(f"{self._path} is damaged and cannot be moved aside: {stuck}")
        return StorageError(f"{self._path} is damaged; it is kept as {aside} and a new one begins")


def _is_damaged(error: Exception) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )


def keepable(text: str, longest: int) -> str:
    """The text with spaces made one, not too long, and without what UTF-8 cannot hold."""
    return " ".join(text.encode("utf-8", "replace").decode().split())[:longest]
