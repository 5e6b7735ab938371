"""What a manifest says of a model. Pure: text in, a checked description or ModelInvalid out.

models/README.md tells what each key means.
"""

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

from device.errors import FetchError, ModelInvalid
from device.fetching.remote import Remote

ENGINES: Final = ("whisper", "piper", "openwakeword")
BOARDS: Final = ("zero2", "pi3", "pi4", "pi5")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PATH: Final = re.compile(r"(?!.*\.part$)[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_KINDS: Final[dict[str, type]] = {
    "name": str, "engine": str, "languages": list, "licence": str, "source": str,
    "memory_mb": int, "boards": list, "base": str, "package": str, "note": str, "file": list,
}  # fmt: skip
_OPTIONAL: Final = {"base", "package", "note"}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model."""

    path: str
    """Below the model's folder."""
    size: int
    """Bytes."""
    sha256: str | None
    """64 hexadecimal digits; None: nobody published it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model."""

    name: str
    engine: str
    """One of ENGINES."""
    languages: tuple[str, ...]
    """Codes such as de or de-DE; `*`: many."""
    licence: str
    source: str
    """Where the licence can be read."""
    memory_mb: int
    """Least memory of the computer."""
    boards: tuple[str, ...]
    """Of BOARDS: those it is recommended for."""
    files: tuple[ModelFile, ...]
    base: str = ""
    """Address of its folder, with a slash at the end; empty: it comes with `package`."""
    package: str = ""
    """Python package it is part of."""
    note: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def pinned(self) -> bool:
        """Whether the digest of every file is known."""
        return all(file.sha256 for file in self.files)

    def remote(self, file: ModelFile, base: str = "", sha256: str | None = None) -> Remote:
        """Where a file is, below `base` where one is given; `sha256` if it is known by now."""
        return Remote((base or self.base) + file.path, file.size, file.sha256 or sha256)

    def speaks(self, language: str) -> bool:
        """Whether it is for a language: en is for en-US too, and the other way round."""
        asked = language.lower().replace("_", "-")
        codes = [code.lower() for code in self.languages]
        return any(
            code == "*" or code == asked or code.split("-")[0] == asked
            or asked.split("-")[0] == code
            for code in codes
        )  # fmt: skip


def parse(text: str, where: str) -> Manifest:
    """The manifest that `text` is. Raises ModelInvalid, which tells `where` and every mistake."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelInvalid(f"{where} is not TOML: {error}") from error
    mistakes = _mistakes(values)
    if mistakes:
        raise ModelInvalid(f"{where} is no manifest of a model: {'; '.join(mistakes)}")
    known: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in values.items()
        if key != "file"
    }
    files = tuple(ModelFile(one["path"], one["size"], one.get("sha256")) for one in values["file"])
    manifest = Manifest(**known, files=files)
    try:
        for file in files if manifest.base else ():
            manifest.remote(file)
    except FetchError as error:
        raise ModelInvalid(f"{where}: {error}") from error
    return manifest


def _mistakes(values: dict[str, Any]) -> list[str]:
    found = [f"unknown key {key!r}" for key in values if key not in _KINDS]
    found += [f"{key} is missing" for key in _KINDS if key not in {*values, *_OPTIONAL}]
    found += [
        f"{key} is no {kind.__name__}"
        for key, kind in _KINDS.items()
        if key in values and type(values[key]) is not kind
    ]
    if found:
        return found
    if not _NAME.fullmatch(values["name"]):
        found.append(f"name {values['name']!r}: letters, digits, dot, _ and - only")
    if values["engine"] not in ENGINES:
        found.append(f"engine {values['engine']!r} is none of {', '.join(ENGINES)}")
    if not values["languages"] or not all(isinstance(one, str) for one in values["languages"]):
        found.append("languages are codes, one or more")
    if not all(board in BOARDS for board in values["boards"]):
        found.append(f"boards are of {', '.join(BOARDS)}")
    if bool(values.get("base")) == bool(values.get("package")):
        found.append("either base or package")
    if not values.get("base", "/").endswith("/"):
        found.append("base ends with a slash")
    return found + _file_mistakes(values["file"])


def _file_mistakes(files: list[Any]) -> list[str]:
    if not files or not all(isinstance(one, dict) for one in files):
        return ["[[file]] is missing"]
    found = []
    for one in files:
        path, size, digest = one.get("path"), one.get("size"), one.get("sha256", "0" * 64)
        if one.keys() - {"path", "size", "sha256"}:
            found.append("[[file]] has path, size and sha256 only")
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            found.append(f"path {path!r} is no path below a folder")
        if type(size) is not int or size < 0:
            found.append(f"size {size!r} is no number of bytes")
        if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
            found.append(f"sha256 {digest!r} is no SHA-256")
    paths = [one.get("path") for one in files]
    if len(set(map(str, paths))) < len(paths):
        found.append("two [[file]] have the same path")
    return found
