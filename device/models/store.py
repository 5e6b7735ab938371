"""The models folder: what is in it, getting more, checking, taking away."""

import importlib.util
import shutil
import threading
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path

from device.errors import DeviceError, UsageError
from device.fetching.lock import held
from device.fetching.part import need_space, storing, sync_folder
from device.models.lock import read_lock, write_lock
from device.models.manifest import Manifest, ModelFile
from device.models.parallel import in_parallel
from device.models.soundness import unfit
from device.models.sources import Source
from device.models.work import Fetched, Progress, Work


class State(StrEnum):
    """What there is of a model."""

    ABSENT = "absent"
    BEGUN = "begun"
    """Part of it is here."""
    INSTALLED = "installed"
    DAMAGED = "damaged"
    """A file is missing, was changed, or is not the one that the manifest names now."""
    FOREIGN = "foreign"
    """Somebody put it there; it was never checked."""
    BUNDLED = "bundled"
    """It came with a Python package."""


class Store:
    """One models folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where it is; it may not exist yet."""

    def state(self, model: Manifest) -> State:
        """What there is of a model, by sizes and times of change."""
        place = self.folder / model.name
        if model.package:
            return State.BUNDLED
        if not place.is_dir():
            return State.ABSENT
        known = read_lock(self.folder).models.get(model.name)
        if known is None:
            whole = all((place / one.path).is_file() for one in model.files)
            return State.FOREIGN if whole else State.BEGUN
        faults = (unfit(place / one.path, one, known.get(one.path)) for one in model.files)
        return State.DAMAGED if any(faults) else State.INSTALLED

    def fetch(
        self, models: Sequence[Manifest], source: Source, tell: Progress,
        waits: Callable[[], None], jobs: int = 3,
    ) -> list[Fetched]:  # fmt: skip
        """Get what is missing of these models, several files at a time.

        A file that fails hinders no other; what failed is raised in the end. `waits` is told when
        another program fetches into the same folder, which is then waited for. Raises UsageError,
        FetchError, FetchMismatch, StorageError.
        """
        for model in models:
            if model.package:
                raise UsageError(f"{model.name} is part of {model.package} and is never fetched")
        with held(self.folder, waits):
            lock = read_lock(self.folder)
            works = [Work(self.folder, model, lock) for model in models]
            need_space(self.folder, sum(work.lacking for work in works))
            self._note([work for work in works if not work.missing])
            self._bring(works, source, tell, jobs)
        return [Fetched(work.model, work.missing) for work in works]

    def _bring(self, works: Sequence[Work], source: Source, tell: Progress, jobs: int) -> None:
        writing = threading.Lock()

        def bring(work: Work, file: ModelFile) -> None:
            if work.bring(file, source, tell):
                with writing:
                    self._note([work])

        tasks = [partial(bring, work, file) for work in works for file in work.missing]
        _raise_all(in_parallel(tasks, jobs))

    def _note(self, works: Sequence[Work]) -> None:
        before = after = read_lock(self.folder)
        for work in works:
            after = work.noted(after)
        if after != before:
            write_lock(self.folder, after)

    def verify(self, model: Manifest) -> dict[str, str]:
        """What is wrong with a model, by path, after reading every byte of it."""
        place = _package(model.package) if model.package else self.folder / model.name
        known = read_lock(self.folder).models.get(model.name, {})
        faults = {
            file.path: unfit(place / file.path, file, known.get(file.path), thorough=True)
            for file in model.files
        }
        return {path: fault for path, fault in faults.items() if fault}

    def remove(self, model: Manifest, waits: Callable[[], None]) -> int:
        """Take a model away; gives its bytes. Raises UsageError, StorageError."""
        place = self.folder / model.name
        if model.package:
            raise UsageError(f"{model.name} goes with the package {model.package}")
        if not place.is_dir():
            raise UsageError(f"{model.name} is not in {self.folder}")
        with held(self.folder, waits), storing(place):
            write_lock(self.folder, read_lock(self.folder).without(model.name))
            size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
            shutil.rmtree(place)
            sync_folder(self.folder)
        return size


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else Path(name)


def _raise_all(errors: Sequence[BaseException]) -> None:
    for error in errors:
        if not isinstance(error, DeviceError):
            raise error
    if len(errors) > 1:
        raise type(errors[0])(f"{errors[0]} (so did {len(errors) - 1} more)")
    for error in errors:
        raise error
