"""Writes models into one tar file that is the same whenever and wherever it is made of them."""

import io
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from device.errors import ModelMissing
from device.fetching.part import need_space, put_in_place, storing
from device.models.lock import LOCK_NAME, Checked, Lock, lock_text, read_lock
from device.models.manifest import Manifest
from device.models.soundness import unfit
from device.models.work import Progress


def write_bundle(folder: Path, models: Sequence[Manifest], target: Path, tell: Progress) -> int:
    """Put models of a folder into `target`; gives its bytes.

    Raises ModelMissing for one that is not here as it should be, StorageError.
    """
    lock = read_lock(folder)
    known: dict[str, dict[str, Checked]] = {}
    for model in models:
        checked = lock.models.get(model.name, {})
        faults = [unfit(folder / model.name / one.path, one, checked.get(one.path))
                  for one in model.files]  # fmt: skip
        if any(faults) or not checked:
            raise ModelMissing(
                f"{model.name} is not whole in {folder}; run: parlor models fetch {model.name}"
            )
        known[model.name] = {path: replace(one, mtime_ns=0) for path, one in checked.items()}
    need_space(target.absolute().parent, sum(model.size for model in models))
    draft = target.with_name(f"{target.name}.part")
    index = lock_text(Lock(known)).encode()
    with storing(target):
        try:
            with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as archive:
                archive.addfile(_member(LOCK_NAME, len(index)), io.BytesIO(index))
                for model in sorted(models, key=lambda one: one.name):
                    _add(archive, folder, model, tell)
            put_in_place(draft, target)
        finally:
            draft.unlink(missing_ok=True)
        return target.stat().st_size


def _add(archive: tarfile.TarFile, folder: Path, model: Manifest, tell: Progress) -> None:
    for file in model.files:
        name = f"{model.name}/{file.path}"
        with (folder / name).open("rb") as stream:
            archive.addfile(_member(name, file.size), stream)
        tell(model, file, file.size)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member
