"""Changes on disk that a power cut leaves done or undone, never halfway. All raise OSError."""

import os
import shutil
from pathlib import Path

from device.fetching.part import sync_folder


def put_link(link: Path, target: str) -> None:
    """Make a link name something else by one rename; `ln -sfn` would remove it first."""
    draft = link.with_name(f"{link.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.rename(link)
    sync_folder(link.parent)


def put_text(file: Path, text: str) -> None:
    """Write a file."""
    draft = file.with_name(f"{file.name}.new")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(file)
    sync_folder(file.parent)


def remove(file: Path) -> None:
    """Remove a file, if it is there."""
    file.unlink(missing_ok=True)
    sync_folder(file.parent)


def remove_release(folder: Path) -> None:
    """Remove a release; its manifest first, so that what is left half is none."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
        return
    remove(folder / "release.json")
    shutil.rmtree(folder)
