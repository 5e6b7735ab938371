"""Getting one model: which of its files are missing, and what is noted when they are here."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device.fetching.part import digest_of
from device.models.lock import Checked, Lock
from device.models.manifest import Manifest, ModelFile
from device.models.soundness import unfit
from device.models.sources import Source

Progress = Callable[[Manifest, ModelFile, int], None]
"""Hears of which file how many bytes are here."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of fetching one model."""

    model: Manifest
    files: tuple[ModelFile, ...]
    """Those that were not here before; none: nothing was to be done."""

    @property
    def trusted(self) -> tuple[ModelFile, ...]:
        """Files whose digest nobody published: what came is trusted from now on."""
        return tuple(file for file in self.files if file.sha256 is None)


class Work:
    """The files of one model; each may be brought by another thread."""

    def __init__(self, folder: Path, model: Manifest, lock: Lock) -> None:
        """Reads files that are here and were never checked."""
        self.model = model
        self._folder = folder / model.name
        self._lock = lock
        self._known = lock.models.get(model.name, {})
        here = {file.path: self._here(file) for file in model.files}
        self._checked = {path: checked for path, checked in here.items() if checked}
        self.missing = tuple(file for file in model.files if not here[file.path])
        self._mutex = threading.Lock()

    @property
    def lacking(self) -> int:
        """Bytes that are not here yet."""
        parts = [self._folder / f"{file.path}.part" for file in self.missing]
        here = sum(part.stat().st_size for part in parts if part.exists())
        return max(0, sum(file.size for file in self.missing) - here)

    def bring(self, file: ModelFile, source: Source, tell: Progress) -> bool:
        """Get one file; tells whether the model is whole with it.

        Raises FetchError, FetchMismatch, StorageError.
        """
        target = self._folder / file.path
        digest = source.bring(
            self.model, file, self._digest(file), target,
            lambda have: tell(self.model, file, have),
        )  # fmt: skip
        with self._mutex:
            self._checked[file.path] = _checked(target, digest)
            return len(self._checked) == len(self.model.files)

    def noted(self, lock: Lock) -> Lock:
        """The lock with this model in it, which is whole."""
        trusted = {
            self.model.remote(file).url: self._checked[file.path].sha256
            for file in self.model.files
            if file.sha256 is None
        }
        return lock.with_model(self.model.name, self._checked, trusted)

    def _digest(self, file: ModelFile) -> str | None:
        return file.sha256 or self._lock.trusted.get(self.model.remote(file).url)

    def _here(self, file: ModelFile) -> Checked | None:
        """The file as it is here already, if it is the one meant."""
        path, known = self._folder / file.path, self._known.get(file.path)
        if unfit(path, file, known):
            return None
        found = _checked(path, known.sha256 if known else digest_of(path))
        return found if self._digest(file) in (None, found.sha256) else None


def _checked(path: Path, digest: str) -> Checked:
    found = path.stat()
    return Checked(found.st_size, found.st_mtime_ns, digest)
