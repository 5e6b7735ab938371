"""Installs a bundle beside the release that runs, which notices nothing of it.

Order: read and check the manifest, look for room, unpack into a staging folder and check every
byte, make the environment where it stays, and write release.json last. A folder without that file
is no release; the next command removes it.
"""

import os
import platform
import shutil
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from device.errors import BundleInvalid, ReleaseUnfit, StorageError
from device.releases import disk, pip
from device.releases.bundle import Bundle, open_bundle
from device.releases.history import History
from device.releases.layout import Layout
from device.releases.manifest import BILL, Manifest
from device.releases.programs import Say
from device.releases.signing import verify

_COMPILED: Final = 1.4
"""What is installed takes so many times what the wheels hold: Python keeps modules compiled."""
_SPARE_BYTES: Final = 32 << 20
"""What nobody but us may need meanwhile."""


def install(
    layout: Layout, path: Path, allowed_signers: Path | None, held: int, say: Say
) -> tuple[Manifest, bool]:
    """Install a bundle; gives what it is, and whether anything was changed.

    `held` is the descriptor of the lock. Raises BundleInvalid, ReleaseUnfit, ReleaseError,
    StorageError and OSError; then nothing is left of it.
    """
    with open_bundle(path) as bundle:
        manifest = bundle.manifest
        if allowed_signers is not None:
            verify(bundle.text, bundle.signature, allowed_signers)
        _fits(manifest)
        tidy(layout)
        if layout.whole(manifest.name):
            return manifest, False
        try:
            _install(layout, bundle, held, say)
        except BaseException:
            with suppress(OSError):
                tidy(layout)
            raise
    return manifest, True


def tidy(layout: Layout) -> None:
    """Remove what a command that was killed has left half. Raises OSError."""
    if layout.staging.exists():
        shutil.rmtree(layout.staging)
    for folder in layout.releases.iterdir():
        if not layout.whole(folder.name):
            disk.remove_release(folder)


def _install(layout: Layout, bundle: Bundle, held: int, say: Say) -> None:
    manifest, staging = bundle.manifest, layout.staging
    _has_room(layout.home, manifest.size, "to unpack the bundle")
    say(f"unpacking {len(manifest.files)} files and checking them")
    staging.mkdir()
    bundle.unpack(staging)
    _has_room(layout.home, _installed_bytes(staging / "wheels"), f"to install {manifest.name}")
    say(f"installing {manifest.name}")
    layout.release(manifest.name).mkdir()
    pip.install(layout.release(manifest.name) / "venv", staging, held)
    if (staging / BILL).exists():
        shutil.copyfile(staging / BILL, layout.release(manifest.name) / BILL)
    os.sync()
    disk.put_text(layout.manifest(manifest.name), bundle.text)
    tidy(layout)
    History(layout.history).add("installed", manifest.name)


def _fits(manifest: Manifest) -> None:
    here = (f"{sys.version_info[0]}.{sys.version_info[1]}", platform.machine())
    if (manifest.python, manifest.machine) != here:
        raise ReleaseUnfit(
            f"{manifest.name} is for Python {manifest.python} on {manifest.machine}, and here is "
            f"Python {here[0]} on {here[1]}; use the bundle for these"
        )


def _installed_bytes(wheels: Path) -> int:
    try:
        return int(_COMPILED * sum(map(_inflated, wheels.glob("*.whl"))))
    except (zipfile.BadZipFile, OSError) as error:
        raise BundleInvalid(f"a wheel of the bundle cannot be read: {error}") from error


def _inflated(wheel: Path) -> int:
    with zipfile.ZipFile(wheel) as archive:
        return sum(member.file_size for member in archive.infolist())


def _has_room(folder: Path, needed: int, what: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise StorageError(
            f"{(needed + _SPARE_BYTES) >> 20} MiB are needed {what} and {free >> 20} are free in "
            f"{folder}; make room, or try: parlor release collect"
        )
