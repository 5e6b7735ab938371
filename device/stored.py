"""Results that take long to make, kept on disk under a hash of what they were made from."""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_OF_A_KIND = 8
"""A home that changes leaves a grammar behind each time."""


def content_hash(*parts: object) -> str:
    """A name for these parts: 32 hexadecimal digits that change when a part's repr does."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(repr(part).encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def stored(
    folder: Path | None,
    name: str,
    make: Callable[[], T],
    write: Callable[[T], Any] = lambda value: value,
    read: Callable[[Any], T] = lambda data: data,
) -> T:
    """The value kept as `name`, or a fresh one, which is then kept.

    `write` turns a value into what JSON can hold, `read` turns that back and raises when it is
    something else. A damaged file is made anew; a folder that cannot be written costs time only.
    Of names that differ after the last hyphen only the newest eight are kept. Folder None: keep
    nothing.
    """
    found = kept(folder, name, read)
    if found is not None:
        return found
    value = make()
    keep(folder, name, write(value))
    return value


def kept(folder: Path | None, name: str, read: Callable[[Any], T]) -> T | None:
    """The value kept as `name`; None where there is none or it is damaged."""
    file = None if folder is None else folder / f"{name}.json"
    if file is None or not file.exists():
        return None
    try:
        return read(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        _LOGGER.warning("%s is damaged and is made anew: %s", file, error)
        return None


def keep(folder: Path | None, name: str, value: object) -> None:
    """Keep what JSON can hold as `name`, and forget the oldest of its kind."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder, suffix=".draft")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(value, stream)
        Path(draft).replace(folder / f"{name}.json")
        for old in _oldest(folder, f"{name.rpartition('-')[0]}-*.json"):
            old.unlink(missing_ok=True)
    except OSError as error:
        _LOGGER.warning("cannot keep %s in %s: %s", name, folder, error)


def replace_synced(file: Path, value: object) -> None:
    """Write what JSON can hold so that a power cut leaves either it or what was there before.

    Raises OSError.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def _oldest(folder: Path, pattern: str) -> list[Path]:
    newest_first = sorted(folder.glob(pattern), key=lambda file: -file.stat().st_mtime_ns)
    return newest_first[_MOST_OF_A_KIND:]
