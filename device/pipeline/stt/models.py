"""Finds a model by name or path, on this machine only."""

from collections.abc import Sequence
from pathlib import Path

from device.errors import ModelMissing
from device.folders import models_folders
from device.models.advice import how_to_get
from device.models.soundness import need_sound


def find_model(
    name: str, prefixes: Sequence[str] = ("",), folders: Sequence[Path] | None = None
) -> Path:
    """The file or folder called `name`, a path or a name in the models folders.

    `prefixes` are put before the name one after the other. Raises ModelMissing, and ModelInvalid
    for one that was fetched and is not what it was then.
    """
    if "/" in name or name.startswith("~"):
        path = Path(name).expanduser()
        if path.exists():
            return path
        raise ModelMissing(f"there is no model {path}; correct [stt] whisper_model")
    searched = models_folders() if folders is None else folders
    for folder in searched:
        for prefix in prefixes:
            if (found := folder / f"{prefix}{name}").exists():
                need_sound(found, folder)
                return found
    advice = how_to_get([f"{prefix}{name}" for prefix in prefixes], searched) or "put it there"
    raise ModelMissing(
        f"no model {name!r} in {', '.join(map(str, searched))}; {advice}, "
        "or give its path in [stt] whisper_model"
    )
