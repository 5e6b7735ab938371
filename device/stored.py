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
    Folder None: keep nothing.
    """
    file = None if folder is None else folder / f"{name}.json"
    if file is not None and file.exists():
        try:
            return read(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            _LOGGER.warning("%s is damaged and is made anew: %s", file, error)
    value = make()
    if file is not None:
        _keep(file, write(value))
    return value


def _keep(file: Path, value: object) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, suffix=".draft")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(value, stream)
        Path(draft).replace(file)
    except OSError as error:
        _LOGGER.warning("cannot keep %s: %s", file, error)
