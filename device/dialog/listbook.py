"""Shopping list and other lists: kept in memory, and on disk so that they survive."""

import logging
import threading
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from device.dialog.records import Records, keepable
from device.errors import CommandInvalid, StorageError

_LOGGER = logging.getLogger(__name__)

SHOPPING: Final = ""
"""Name of the shopping list, in every language."""
MOST_LISTS, MOST_ITEMS, LONGEST_ITEM = 20, 100, 100
_ITEMS: Final = TypeAdapter(tuple[str, ...])


class ListBook:
    """The lists of one speaker; names and items compare as people say them. Thread-safe.

    A disk that cannot be written loses nothing while the speaker runs; `error` says so.
    """

    def __init__(self, path: Path) -> None:
        self.error: StorageError | None = None
        """Why the disk does not hold what is in memory; None while it does."""
        self._records = Records(path)
        self._lock = threading.Lock()
        self._lists = self._load()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the lists that hold something, beside the shopping list."""
        return tuple(name for name in self._lists if name != SHOPPING)

    def items(self, name: str = SHOPPING) -> tuple[str, ...]:
        """What is on a list, in the order it was added; empty for an unknown one."""
        return self._lists.get(_key(name), ())

    def add(self, item: str, name: str = SHOPPING) -> bool:
        """Put an item on a list; False when it is there already. Raises CommandInvalid: full."""
        item = keepable(item, LONGEST_ITEM)
        with self._lock:
            items = self.items(name)
            if _index(items, item) is not None:
                return False
            if len(items) >= MOST_ITEMS or (not items and len(self._lists) >= MOST_LISTS):
                raise CommandInvalid("the list is full; remove something from it first")
            self._keep(name, (*items, item))
            return True

    def remove(self, item: str, name: str = SHOPPING) -> bool:
        """Take an item off a list; False when it is not there."""
        with self._lock:
            items = self.items(name)
            index = _index(items, item)
            if index is None:
                return False
            self._keep(name, (*items[:index], *items[index + 1 :]))
            return True

    def clear(self, name: str = SHOPPING) -> None:
        """Take everything off a list."""
        with self._lock:
            self._keep(name, ())

    def forget(self) -> None:
        """Clear every list."""
        with self._lock:
            for name in tuple(self._lists):
                self._keep(name, ())

    def _keep(self, name: str, items: tuple[str, ...]) -> None:
        self._lists = {key: kept for key, kept in self._lists.items() if key != _key(name)}
        if items:
            self._lists[_key(name)] = items
        rows = {key: _ITEMS.dump_json(kept).decode() for key, kept in self._lists.items()}
        try:
            self._records.save(rows)
        except StorageError as error:
            _LOGGER.warning("lists are kept in memory only [%s]: %s", error.code, error)
            self.error = error
        else:
            self.error = None

    def _load(self) -> dict[str, tuple[str, ...]]:
        try:
            rows = self._records.load()
        except StorageError as error:
            _LOGGER.warning("lists cannot be read [%s]: %s", error.code, error)
            self.error = error
            return {}
        lists = {}
        for key, row in rows.items():
            try:
                lists[key] = _ITEMS.validate_json(row)
            except ValidationError as error:
                _LOGGER.warning("a list cannot be read and is dropped: %s", error)
        return lists


def _key(name: str) -> str:
    return keepable(name, LONGEST_ITEM).casefold()


def _index(items: tuple[str, ...], item: str) -> int | None:
    keys = [_key(one) for one in items]
    return keys.index(_key(item)) if _key(item) in keys else None
