"""Makes a bundle on a computer that has the network, for one that need not have it.

What is in it follows from the source and its lock: the same two give the same bundle and name.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.errors import ReleaseError, UsageError
from device.releases.bundle import describe, pack
from device.releases.index import INDEX, Index, Offered, read_index
from device.releases.lock import Pin, needed, read_lock, requirements, roots
from device.releases.manifest import BILL, MANIFEST, REQUIREMENTS, Manifest
from device.releases.programs import Say, must_run
from device.releases.sbom import bill, stated_licences
from device.releases.signing import sign

PYTHONS: Final = ("3.11", "3.13")
MACHINES: Final = ("aarch64", "x86_64")
_PIP: Final = Pin(
    "pip", "26.3",
    ("--hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13",),
    frozenset(),
)  # fmt: skip
_GLIBC: Final = 36
"""Debian 12 has glibc 2.36."""
_SECONDS: Final = 3600.0
_EPOCH: Final = "315532800"
"""1980, the first year that zip knows: when something was built is no part of it."""
_NOT_SOURCE: Final = (".*", "build", "dist", "out", "*.egg-info", "__pycache__", "tests")


@dataclass(frozen=True, slots=True)
class Target:
    """Which computers a bundle is for."""

    python: str
    """Such as 3.11."""
    machine: str
    """As `uname -m` says."""

    @property
    def lock(self) -> str:
        """Its lock, relative to the source."""
        return f"locks/py{self.python}-{self.machine}.txt"

    @property
    def platforms(self) -> list[str]:
        """Options of pip: every age of glibc whose wheels run there."""
        names = [f"manylinux_2_{minor}_{self.machine}" for minor in range(_GLIBC, 16, -1)]
        return [f"--platform={name}" for name in (*names, f"manylinux2014_{self.machine}")]


def build(
    source: Path, folder: Path, target: Target, extras: Iterable[str], key: Path | None, say: Say
) -> tuple[Manifest, Path]:
    """Put a bundle into a folder; gives its manifest and where it is.

    `key` signs it. Raises UsageError, ReleaseError and OSError.
    """
    pins = _pins(source, target, extras)
    with tempfile.TemporaryDirectory() as scratch:
        content = Path(scratch) / "bundle"
        wheels = content / "wheels"
        wheels.mkdir(parents=True)
        say(f"fetching {len(pins)} packages for Python {target.python} on {target.machine}")
        _download([*pins, _PIP], target, wheels)
        say("packing the speaker itself")
        speaker = _own_wheel(source, Path(scratch), wheels)
        (content / REQUIREMENTS).write_text(requirements([*pins, speaker]))
        made_of = bill(speaker.version, pins, stated_licences(map(str, wheels.iterdir())))
        (content / BILL).write_text(json.dumps(made_of, indent=1) + "\n")
        manifest = describe(content, speaker.version, target.python, target.machine)
        (content / MANIFEST).write_text(manifest.as_json())
        if key is not None:
            sign(content / MANIFEST, key)
        folder.mkdir(parents=True, exist_ok=True)
        bundle = folder / f"parlor-{manifest.name}-py{target.python}-{target.machine}.tar"
        pack(content, bundle)
    _offer(folder / INDEX, manifest, bundle)
    return manifest, bundle


def _offer(file: Path, manifest: Manifest, bundle: Path) -> None:
    """Name the bundle in the index of its folder, which a web server may serve as it is."""
    known = read_index(file.read_bytes()) if file.exists() else Index(manifest.version)
    with bundle.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    offered = Offered(manifest.python, manifest.machine, bundle.name, bundle.stat().st_size, digest)
    file.write_text(known.including(manifest.version, offered).as_json())


def _pins(source: Path, target: Target, extras: Iterable[str]) -> list[Pin]:
    lock, project = source / target.lock, source / "pyproject.toml"
    if not lock.is_file() or not project.is_file():
        raise UsageError(f"{source} is not the source of the speaker, or lacks {target.lock}")
    wanted = roots(project.read_text(), extras)
    return needed(read_lock(lock.read_text()), wanted)


def _download(pins: Iterable[Pin], target: Target, wheels: Path) -> None:
    listed = wheels.parent / REQUIREMENTS
    listed.write_text(requirements(pins))
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    kind = [f"--python-version={target.python}", "--implementation=cp", "--only-binary=:all:"]
    wanted = ["--no-deps", "--require-hashes", f"--requirement={listed}", f"--dest={wheels}"]
    must_run([*pip, *kind, *target.platforms, *wanted], _SECONDS)


def _own_wheel(source: Path, scratch: Path, wheels: Path) -> Pin:
    copy, made = scratch / "source", scratch / "made"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*_NOT_SOURCE))
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    must_run(
        [*pip, "--no-deps", f"--wheel-dir={made}", str(copy)], _SECONDS,
        more={"SOURCE_DATE_EPOCH": _EPOCH},
    )  # fmt: skip
    wheel = next(made.glob("parlor_speaker-*.whl"), None)
    if wheel is None:
        raise ReleaseError("pip made no wheel of the speaker")
    shutil.move(wheel, wheels)
    digest = hashlib.sha256((wheels / wheel.name).read_bytes()).hexdigest()
    version = wheel.name.split("-")[1]
    return Pin("parlor-speaker", version, (f"--hash=sha256:{digest}",), frozenset())
