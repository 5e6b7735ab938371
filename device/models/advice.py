"""What to tell who lacks a model: the very command that fetches it, and its licence."""

from collections.abc import Sequence
from pathlib import Path

from device.errors import ModelInvalid
from device.fetching.part import megabytes
from device.models.catalogue import read_catalogue, read_manifest
from device.models.manifest import Manifest


def how_to_get(names: Sequence[str], folders: Sequence[Path]) -> str:
    """How to get the first model of these names that there is a manifest of; empty: there is none.

    For use in a message, after a semicolon.
    """
    found = (read_manifest(name, folders) for name in names)
    return next((_command(one) for one in found if one is not None), "")


def how_to_get_voice(language: str, folders: Sequence[Path]) -> str:
    """The same for a Piper voice of a language."""
    try:
        voices = [one for one in read_catalogue(folders) if one.engine == "piper"]
    except ModelInvalid:
        return ""
    found = (_command(voice) for voice in voices if voice.speaks(language))
    return next(found, "")


def published_licence(name: str) -> str:
    """The licence of a model that Parlor has a manifest of; empty: it has none."""
    manifest = read_manifest(name)
    return manifest.licence if manifest else ""


def _command(model: Manifest) -> str:
    facts = f"{megabytes(model.size)}, licence: {model.licence}"
    return f"run: sudo parlor models fetch {model.name} ({facts})"
