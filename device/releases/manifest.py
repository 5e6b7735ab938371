"""What a bundle says it is: release.json. Pure."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from device.errors import BundleInvalid

MANIFEST: Final = "release.json"
SIGNATURE: Final = "release.json.sig"
REQUIREMENTS: Final = "requirements.txt"
BILL: Final = "sbom.cdx.json"
_LOOSE: Final = (REQUIREMENTS, BILL)
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){1,3}[a-z0-9.+]{0,20}", re.ASCII)
_LOCK = re.compile(r"[0-9a-f]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*", re.ASCII)
_MOST_BYTES: Final = 4 << 30


@dataclass(frozen=True, slots=True)
class BundledFile:
    """One file of a bundle."""

    path: str
    """requirements.txt, sbom.cdx.json or wheels/<name>."""
    size: int
    """Bytes."""
    sha256: str
    """64 hexadecimal digits."""

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.path).parts
        placed = self.path in _LOOSE or (len(parts) == 2 and parts[0] == "wheels")
        if not placed or not _NAME.fullmatch(parts[-1]):
            raise BundleInvalid(f"{MANIFEST}: a file may not lie at {self.path!r}")
        if isinstance(self.size, bool) or not 0 <= self.size <= _MOST_BYTES:
            raise BundleInvalid(f"{MANIFEST}: {self.path} cannot have {self.size!r} bytes")
        _matches(_SHA256, self.sha256, f"the sha256 of {self.path}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A release, and every file that is needed to install it."""

    version: str
    python: str
    """Such as 3.11."""
    machine: str
    """As `uname -m` says: aarch64 or x86_64."""
    lock: str
    """First 8 digits of the sha256 of requirements.txt, which has those of all packages."""
    files: tuple[BundledFile, ...]

    def __post_init__(self) -> None:
        _matches(_VERSION, self.version, "the version")
        _matches(_LOCK, self.lock, "the lock")
        paths = [file.path for file in self.files]
        if REQUIREMENTS not in paths or len(set(paths)) != len(paths):
            raise BundleInvalid(f"{MANIFEST}: it must name {REQUIREMENTS}, and every file once")

    @property
    def name(self) -> str:
        """What the release is called on disk: the same content has the same name."""
        return f"{self.version}-{self.lock}"

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def as_json(self) -> str:
        """One object; the same release gives the same text."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read_manifest(text: str) -> Manifest:
    """Read release.json. Raises BundleInvalid."""
    try:
        told: Any = json.loads(text)
        files = tuple(BundledFile(**file) for file in told["files"])
        names = ("version", "python", "machine", "lock")
        return Manifest(**{name: str(told[name]) for name in names}, files=files)
    except BundleInvalid:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BundleInvalid(f"{MANIFEST} is not that of a release: {error}") from error


def newer(one: str, other: str) -> bool:
    """Whether a version comes after another; by their numbers."""
    return _numbers(one) > _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d{1,9}(\.\d{1,9})*", version, re.ASCII)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _matches(pattern: re.Pattern[str], value: object, what: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BundleInvalid(f"{MANIFEST}: {what} cannot be {value!r}")
