"""A bundle: one tar with release.json first, its signature, and every file it names."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from device.errors import BundleInvalid, StorageError
from device.releases.manifest import (
    BILL,
    MANIFEST,
    REQUIREMENTS,
    SIGNATURE,
    BundledFile,
    Manifest,
    read_manifest,
)

_MOST_MANIFEST_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = 1 << 20


class Bundle:
    """An opened bundle; nothing of it is on disk before `unpack`."""

    def __init__(self, tar: tarfile.TarFile, path: Path) -> None:
        self._tar = tar
        self._path = path
        self.text = self._read(MANIFEST)
        """release.json as it was signed."""
        self.manifest = read_manifest(self.text)
        self.signature = self._read(SIGNATURE) if SIGNATURE in tar.getnames() else ""
        """Empty: it is not signed."""

    def unpack(self, folder: Path) -> None:
        """Write every file, checked as it is read, into an empty folder.

        Raises BundleInvalid for what is not what the manifest says, and OSError.
        """
        (folder / "wheels").mkdir()
        for file in self.manifest.files:
            self._write(file, folder / file.path)

    def _write(self, file: BundledFile, target: Path) -> None:
        digest = hashlib.sha256()
        with self._open(file.path, file.size) as source, target.open("xb") as stream:
            while block := source.read(_BLOCK_BYTES):
                digest.update(block)
                stream.write(block)
        if digest.hexdigest() != file.sha256:
            raise BundleInvalid(
                f"{file.path} in {self._path} is damaged: its sha256 is {digest.hexdigest()}, "
                f"not {file.sha256}; fetch the bundle again"
            )

    def _read(self, name: str) -> str:
        with self._open(name) as source:
            try:
                return source.read(_MOST_MANIFEST_BYTES).decode()
            except UnicodeDecodeError as error:
                raise BundleInvalid(f"{name} in {self._path} is no text") from error

    def _open(self, name: str, size: int | None = None) -> IO[bytes]:
        try:
            member = self._tar.getmember(name)
            source = self._tar.extractfile(member) if member.isreg() else None
        except (KeyError, tarfile.TarError):
            source = None
        if source is None or (size is not None and member.size != size):
            raise BundleInvalid(
                f"{self._path} is not whole: {name} is missing, or not as long as it should be; "
                "fetch the bundle again"
            )
        return source


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle and read its manifest. Raises BundleInvalid and StorageError."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield Bundle(tar, path)
    except (tarfile.TarError, EOFError) as error:
        raise BundleInvalid(f"{path} is not a whole bundle: {error}; fetch it again") from error
    except FileNotFoundError as error:
        raise StorageError(f"there is no bundle {path}") from error


def pack(folder: Path, path: Path) -> None:
    """Write a bundle of a folder that has release.json and what it names; the same each time.

    Raises OSError.
    """
    draft = path.with_name(f"{path.name}.part")
    names = [MANIFEST, *(name for name in (SIGNATURE,) if (folder / name).exists())]
    files = read_manifest((folder / MANIFEST).read_text()).files
    with tarfile.open(draft, "w:", format=tarfile.GNU_FORMAT) as tar:
        for name in [*names, *(file.path for file in files)]:
            _add(tar, folder / name, name)
    draft.replace(path)


def describe(folder: Path, version: str, python: str, machine: str) -> Manifest:
    """The manifest of a folder with requirements.txt, wheels/ and perhaps its bill of materials."""
    bills = [BILL] if (folder / BILL).exists() else []
    paths = [
        REQUIREMENTS,
        *bills,
        *(f"wheels/{file.name}" for file in (folder / "wheels").iterdir()),
    ]
    files = tuple(_described(folder, path) for path in sorted(paths))
    lock = next(file.sha256[:8] for file in files if file.path == REQUIREMENTS)
    return Manifest(version, python, machine, lock, files)


def _described(folder: Path, path: str) -> BundledFile:
    file = folder / path
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return BundledFile(path, file.stat().st_size, digest.hexdigest())


def _add(tar: tarfile.TarFile, file: Path, name: str) -> None:
    """Without owner and time: what differs between two builds of the same is no part of it."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = file.stat().st_size, 0o644
    with file.open("rb") as stream:
        tar.addfile(member, stream)
