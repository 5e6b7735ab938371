"""Where models come from: their publishers, a mirror, a folder, or a bundle made with one of them.

A mirror, a folder and a bundle are laid out as a models folder is, NAME/PATH: what one speaker has
can be copied or served to the next one.
"""

import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from device.errors import FetchError
from device.fetching.copying import copy
from device.fetching.fetcher import Fetcher
from device.models.lock import LOCK_NAME, Lock, parse_lock, read_lock
from device.models.manifest import Manifest, ModelFile

Tell = Callable[[int], None]
"""Hears how many bytes of a file are here."""


class Source(Protocol):
    """Has models."""

    def bring(
        self, model: Manifest, file: ModelFile, sha256: str | None, target: Path, tell: Tell
    ) -> str:
        """Put a file at `target` and give its SHA-256, which is `sha256` unless that is None.

        Raises FetchError, FetchMismatch, StorageError.
        """


class Web:
    """The publishers, or one's own mirror."""

    def __init__(self, fetcher: Fetcher, mirror: str = "") -> None:
        """`mirror`: address of a models folder; empty: the addresses in the manifests."""
        self._fetcher = fetcher
        self._mirror = mirror.rstrip("/")

    def bring(
        self, model: Manifest, file: ModelFile, sha256: str | None, target: Path, tell: Tell
    ) -> str:
        """Fetch it; what is here of it is continued."""
        base = f"{self._mirror}/{model.name}/" if self._mirror else ""
        return self._fetcher.fetch(model.remote(file, base, sha256), target, tell)


class Folder:
    """A models folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = read_lock(folder)

    def bring(
        self, model: Manifest, file: ModelFile, sha256: str | None, target: Path, tell: Tell
    ) -> str:
        """Copy it."""
        origin = self._folder / model.name / file.path
        try:
            with origin.open("rb") as stream:
                known = sha256 or _known(self._lock, model, file)
                return copy(stream, str(origin), file.size, known, target, tell)
        except FileNotFoundError as error:
            raise FetchError(f"there is no {origin}; it was to be taken from there") from error


class Bundle:
    """A tar file that `parlor models bundle` made."""

    def __init__(self, file: Path) -> None:
        """Raises FetchError when it is none."""
        self._file = file
        with self._open(LOCK_NAME) as stream:
            try:
                self._lock = parse_lock(json.load(stream))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise FetchError(f"{file} is no bundle of models ({error})") from error

    def bring(
        self, model: Manifest, file: ModelFile, sha256: str | None, target: Path, tell: Tell
    ) -> str:
        """Take it out of the bundle."""
        name = f"{model.name}/{file.path}"
        with self._open(name) as stream:
            known = sha256 or _known(self._lock, model, file)
            return copy(stream, f"{self._file}: {name}", file.size, known, target, tell)

    @property
    def names(self) -> tuple[str, ...]:
        """The models in it."""
        return tuple(self._lock.models)

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        # Each has the file to itself: several threads may take files at the same time.
        try:
            with tarfile.open(self._file) as archive:
                stream = archive.extractfile(name)
                if stream is None:
                    raise FetchError(f"{name} in {self._file} is no file")
                with stream:
                    yield stream
        except KeyError as error:
            raise FetchError(f"there is no {name} in {self._file}") from error
        except (tarfile.TarError, EOFError) as error:
            raise FetchError(f"{self._file} is damaged or no bundle ({error})") from error
        except FileNotFoundError as error:
            raise FetchError(f"there is no bundle {self._file}") from error


def _known(lock: Lock, model: Manifest, file: ModelFile) -> str | None:
    checked = lock.models.get(model.name, {}).get(file.path)
    return checked.sha256 if checked else None
