"""What people asked to be remembered: a few sentences, theirs to read, change and take back."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from device.dialog.records import Records, keepable
from device.dialog.topics import content_words
from device.errors import CommandInvalid, StorageError

_LOGGER = logging.getLogger(__name__)

PROFILE_FILE: Final = "profile.sqlite"
"""Its name in the state folder."""
MOST_FACTS, LONGEST_FACT = 100, 200
_ROW: Final = "facts"
_FACTS: Final = TypeAdapter(tuple[str, ...])


class Profile:
    """The sentences, on disk. Thread-safe, and other processes may change them too.

    Where the disk cannot be written, what was changed is kept while this process runs; `error`
    says so.
    """

    def __init__(self, path: Path) -> None:
        self.error: StorageError | None = None
        """Why the disk does not hold what is in memory; None while it does."""
        self._path = path
        self._records = Records(path, shared=True)
        self._lock = threading.Lock()
        self._facts: tuple[str, ...] = ()
        self._seen = -1

    @property
    def facts(self) -> tuple[str, ...]:
        """The oldest first."""
        with self._lock:
            return self._current()

    def remember(self, text: str) -> bool:
        """Keep a sentence; False when it is kept already. Raises CommandInvalid: full or empty."""
        fact = keepable(text, LONGEST_FACT)
        with self._lock:
            facts = self._current()
            if _key(fact) in map(_key, facts):
                return False
            if not fact or len(facts) >= MOST_FACTS:
                raise CommandInvalid("there is no room for more; forget something first")
            self._keep((*facts, fact))
            return True

    def matching(self, text: str) -> tuple[str, ...]:
        """The sentence that is this one, else all that have its words."""
        facts, key = self.facts, _key(text)
        same = tuple(fact for fact in facts if _key(fact) == key)
        words = content_words(text)
        return same or tuple(
            fact
            for fact in facts
            if (key and key in _key(fact)) or (words and words <= content_words(fact))
        )

    def forget(self, facts: Sequence[str]) -> None:
        """Keep these no longer."""
        gone = set(map(_key, facts))
        with self._lock:
            self._keep(tuple(fact for fact in self._current() if _key(fact) not in gone))

    def forget_all(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._keep(())

    def _current(self) -> tuple[str, ...]:
        """What the file holds now, read anew only when it was changed."""
        changed = self._changed_at()
        if changed != self._seen and self.error is None:
            self._seen, self._facts = changed, self._load()
        return self._facts

    def _changed_at(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0

    def _keep(self, facts: tuple[str, ...]) -> None:
        self._facts = facts
        try:
            self._records.save({_ROW: _FACTS.dump_json(facts).decode()})
        except StorageError as error:
            _LOGGER.warning("what is to be remembered is in memory only [%s]: %s",
                            error.code, error)  # fmt: skip
            self.error = error
        else:
            self.error = None
        self._seen = self._changed_at()

    def _load(self) -> tuple[str, ...]:
        if not self._path.exists():
            return ()
        try:
            return _FACTS.validate_json(self._records.load().get(_ROW, "[]"))
        except StorageError as error:
            _LOGGER.warning("what was to be remembered cannot be read [%s]: %s",
                            error.code, error)  # fmt: skip
        except ValidationError as error:
            _LOGGER.warning("what was to be remembered cannot be read: %s", error)
        return ()


def _key(text: str) -> str:
    kept = "".join(sign if sign.isalnum() else " " for sign in keepable(text, LONGEST_FACT))
    return " ".join(kept.casefold().split())
