"""A file that is here in part: kept as NAME.part until it is whole, and is what it should be."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from device.errors import FetchMismatch, StorageError

_BLOCK_BYTES: Final = 1024 * 1024
_SPARE_BYTES: Final = 16 * 1024 * 1024
"""What is left free on the disk; a speaker also writes."""


class Part:
    """What was fetched of one file so far; survives the process and a power cut."""

    def __init__(self, target: Path) -> None:
        self.folder = target.parent
        """Where it is."""
        self._target = target
        self._file = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes so far."""
        try:
            return self._file.stat().st_size
        except OSError:
            return 0

    def validator(self, url: str) -> str:
        """What named the version of these bytes at this address; empty: nothing did."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["validator"]) if note["url"] == url else ""
        except (OSError, ValueError, TypeError, KeyError):
            return ""

    @contextmanager
    def open(self, offset: int, url: str, validator: str) -> Iterator[IO[bytes]]:
        """To write from `offset` on; what was behind it is dropped. Raises StorageError."""
        with storing(self._target):
            make_folder(self.folder)
            with self._file.open("ab") as stream:
                stream.truncate(offset)
                note = json.dumps({"url": url, "validator": validator})
                self._note.write_text(note, encoding="utf-8")
                yield stream

    def clear(self) -> None:
        """Forget it. Raises StorageError."""
        with storing(self._target):
            self._file.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)

    def finish(self, origin: str, size: int | None, sha256: str | None) -> str:
        """Put the file at its place if it is the one meant; gives its SHA-256.

        What is not the file is forgotten. Raises FetchMismatch, StorageError.
        """
        with storing(self._target):
            digest, have = digest_of(self._file), self.size
            if size not in (None, have) or sha256 not in (None, digest):
                self.clear()
                raise FetchMismatch(
                    f"{origin} is not the file that was meant: SHA-256 {digest}, {have} bytes; "
                    f"expected {sha256 or 'any'}, {'any' if size is None else size} bytes"
                )
            self._note.unlink(missing_ok=True)
            put_in_place(self._file, self._target)
        return digest


def digest_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def put_in_place(file: Path, target: Path) -> None:
    """Give a complete file its name, so that a power cut leaves either it or what was there.

    Everybody on this machine may read it. Raises OSError.
    """
    with file.open("rb") as stream:
        os.fchmod(stream.fileno(), 0o644)
        os.fsync(stream.fileno())
    file.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make names that were given or taken in a folder last. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those it is in, for everybody on this machine to read. Raises OSError."""
    for lacking in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        lacking.mkdir(exist_ok=True)
        lacking.chmod(0o755)


def need_space(folder: Path, size: int) -> None:
    """Raise StorageError where `size` bytes more would fill the disk."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    with storing(folder):
        free = shutil.disk_usage(there).free
    lacking = size + _SPARE_BYTES - free
    if lacking > 0:
        raise StorageError(
            f"{folder} has no room: {megabytes(size)} are needed and {megabytes(free)} are free; "
            f"free {megabytes(lacking)} more"
        )


def megabytes(size: int) -> str:
    """Bytes as people read them."""
    return f"{max(size, 0) / 1e6:,.1f} MB"


@contextmanager
def storing(target: Path) -> Iterator[None]:
    """Raises StorageError, with what to do, instead of the errors of the disk."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if error.filename is None and error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        advice = {
            errno.ENOSPC: "the disk is full; make room and run it again, it goes on where it was",
            errno.EDQUOT: "the quota is used up; make room and run it again",
            errno.EROFS: "the disk can only be read; mount it to be written to",
            errno.EACCES: "this user may not write there; run it with sudo",
            errno.EPERM: "this user may not write there; run it with sudo",
        }.get(error.errno or 0, error.strerror or str(error))
        raise StorageError(f"cannot write {target}: {advice}") from error
