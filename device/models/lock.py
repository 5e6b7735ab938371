"""What is known of the models in a folder: `models.lock` beside them.

It remembers every file that was checked, as it was then, so that a start need not read hundreds of
megabytes again; and the digests of files that nobody published one of, which were trusted when they
first came.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from device.fetching.part import make_folder, put_in_place, storing

LOCK_NAME: Final = "models.lock"
_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Checked:
    """A file as it was when its digest was last taken."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Lock:
    """The models of one folder."""

    models: Mapping[str, Mapping[str, Checked]] = field(default_factory=dict)
    """By name, then by path."""
    trusted: Mapping[str, str] = field(default_factory=dict)
    """Digests by address of the files that were trusted; a removed model leaves them here."""

    def with_model(
        self, name: str, files: Mapping[str, Checked], trusted: Mapping[str, str]
    ) -> "Lock":
        """The same with a model that was checked."""
        models = {**self.models, name: files}
        return replace(self, models=models, trusted={**self.trusted, **trusted})

    def without(self, name: str) -> "Lock":
        """The same without a model."""
        models = {other: files for other, files in self.models.items() if other != name}
        return replace(self, models=models)


def read_lock(folder: Path) -> Lock:
    """The lock of a folder; an empty one where there is none, or what is there is damaged."""
    try:
        return parse_lock(json.loads((folder / LOCK_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Lock()


def write_lock(folder: Path, lock: Lock) -> None:
    """Replace the lock of a folder so that a power cut leaves the old or the new one.

    Raises StorageError.
    """
    file, draft = folder / LOCK_NAME, folder / f"{LOCK_NAME}.part"
    with storing(file):
        make_folder(folder)
        draft.write_text(lock_text(lock), encoding="utf-8")
        put_in_place(draft, file)


def lock_text(lock: Lock) -> str:
    """The lock as it is written."""
    return json.dumps({"schema": _SCHEMA, **asdict(lock)}, indent=1) + "\n"


def parse_lock(values: Any) -> Lock:
    """The lock that was written so; an empty one for another schema.

    Raises ValueError, TypeError, KeyError or AttributeError for what is none.
    """
    if values["schema"] != _SCHEMA:
        return Lock()
    models = {
        str(name): {
            str(path): Checked(int(one["size"]), int(one["mtime_ns"]), str(one["sha256"]))
            for path, one in files.items()
        }
        for name, files in values["models"].items()
    }
    trusted = {str(url): str(digest) for url, digest in values["trusted"].items()}
    return Lock(models, trusted)
