"""Every model there is a manifest of: those that come with Parlor, and the owner's own."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from device.errors import ModelInvalid, UsageError
from device.models.manifest import Manifest, parse

_SHIPPED: Final = Path(__file__).with_name("manifests")


class Catalogue:
    """Manifests by name."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        """Raises ModelInvalid when two have the same name."""
        self._by_name: dict[str, Manifest] = {}
        for manifest in manifests:
            if manifest.name in self._by_name:
                raise ModelInvalid(f"two manifests are called {manifest.name!r}; remove one")
            self._by_name[manifest.name] = manifest

    def __iter__(self) -> Iterator[Manifest]:
        """By engine and name."""
        return iter(sorted(self._by_name.values(), key=lambda one: (one.engine, one.name)))

    def find(self, names: Sequence[str]) -> list[Manifest]:
        """The manifests of these names. Raises UsageError, with the nearest name, for no name."""
        return [self._by_name.get(name) or self._unknown(name) for name in dict.fromkeys(names)]

    def _unknown(self, name: str) -> Manifest:
        within = [known for known in self._by_name if name in known]
        near = difflib.get_close_matches(name, within or self._by_name, n=1, cutoff=0.3)
        meant = f"; did you mean {near[0]}?" if near else "; see: parlor models list"
        raise UsageError(f"there is no manifest of a model {name!r}{meant}")


def read_catalogue(folders: Sequence[Path] = ()) -> Catalogue:
    """Manifests that come with Parlor, and those in `manifests/` of the models folders.

    Raises ModelInvalid.
    """
    places = [_SHIPPED, *(folder / "manifests" for folder in folders)]
    files = [file for place in places for file in sorted(place.glob("*.toml"))]
    return Catalogue(_read(file) for file in files)


def read_manifest(name: str, folders: Sequence[Path] = ()) -> Manifest | None:
    """The manifest of one name, without reading the others; None: there is none that is sound."""
    for place in (_SHIPPED, *(folder / "manifests" for folder in folders)):
        try:
            return _read(place / f"{name}.toml")
        except ModelInvalid:
            continue
    return None


def _read(file: Path) -> Manifest:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelInvalid(f"cannot read the manifest {file}: {error}") from error
    manifest = parse(text, str(file))
    if manifest.name != file.stem:
        raise ModelInvalid(
            f"{file} is the manifest of {manifest.name!r}; name it {manifest.name}.toml"
        )
    return manifest
