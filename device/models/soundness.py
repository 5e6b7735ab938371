"""Whether a model is still what was fetched, before an engine opens it: bad files crash some."""

from collections.abc import Callable
from pathlib import Path

from device.errors import ModelInvalid
from device.fetching.part import digest_of
from device.models.lock import Checked, read_lock
from device.models.manifest import ModelFile


def need_sound(path: Path, folder: Path) -> None:
    """Check a model, or a file of one, that lies in a models folder.

    Sizes and times of change are compared, and a file that was touched is read; what was not
    fetched by Parlor is unknown here and passes. Raises ModelInvalid.
    """
    name = path.relative_to(folder).parts[0]
    for inner, checked in read_lock(folder).models.get(name, {}).items():
        file = folder / name / inner
        fault = changed(file, checked)
        if fault:
            raise ModelInvalid(f"{file} {fault}; run: sudo parlor models fetch {name}")


def unfit(file: Path, meant: ModelFile, checked: Checked | None, *, thorough: bool = False) -> str:
    """How a file differs from what the manifest means; empty: not at all.

    One that was never checked is read if there is a digest to compare with.
    """
    if checked is None:
        unread = Checked(meant.size, 0, meant.sha256 or "")
        return changed(file, unread) if meant.sha256 else _fault(file, unread, _same_size)
    if meant.sha256 not in (None, checked.sha256) or meant.size != checked.size:
        return "is not the file that the manifest names"
    return changed(file, checked, thorough=thorough)


def changed(file: Path, checked: Checked, *, thorough: bool = False) -> str:
    """How a file differs from what was checked; empty: not at all. `thorough` reads it anyway."""
    return _fault(file, checked, _same_bytes if thorough else _same_time_or_bytes)


def _fault(file: Path, checked: Checked, same: Callable[[Path, Checked], bool]) -> str:
    try:
        size = file.stat().st_size
        if size != checked.size:
            return f"has {size} bytes instead of {checked.size}"
        return "" if same(file, checked) else "was changed or is damaged"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _same_size(_file: Path, _checked: Checked) -> bool:
    return True


def _same_bytes(file: Path, checked: Checked) -> bool:
    return digest_of(file) == checked.sha256


def _same_time_or_bytes(file: Path, checked: Checked) -> bool:
    return file.stat().st_mtime_ns == checked.mtime_ns or _same_bytes(file, checked)
