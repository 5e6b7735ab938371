"""Bundles of a speaker that is a few lines long, installed and started like the real one."""

import hashlib
import platform
import sys
import zipfile
from pathlib import Path

from device.releases.bundle import describe, pack
from device.releases.layout import Layout
from device.releases.manifest import MANIFEST, REQUIREMENTS, BundledFile, Manifest

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
MACHINE = platform.machine()

PROGRAM = """#!/bin/sh
case "$1" in
    {ill}) echo "parlor: $1 is broken here [engine-failed]" >&2; exit 1 ;;
    doctor)
        echo '{{"check": "microphone", "healthy": {hears}, "message": "no sound"}}'
        exit {deaf} ;;
    --version) echo "parlor {version}" ;;
esac
"""
PIP = """
import os, pathlib, sys
venv = pathlib.Path(sys.prefix)
wheels = pathlib.Path(sys.argv[sys.argv.index("--find-links") + 1])
(venv / "bin/parlor").write_text((wheels / "parlor.sh").read_text())
(venv / "bin/parlor").chmod(0o755)
"""


def program(version: str, *ill: str) -> str:
    """A speaker of a few lines; `ill`: selftest, run, microphone."""
    deaf = "microphone" in ill
    broken = "|".join(one for one in ill if one != "microphone") or "nothing"
    return PROGRAM.format(
        version=version, ill=broken, deaf=int(deaf), hears="false" if deaf else "true"
    )


def place(layout: Layout, version: str, *ill: str) -> str:
    """Put a release where an installation would; gives its name."""
    name = f"{version}-00000000"
    layout.program(name).parent.mkdir(parents=True)
    layout.program(name).write_text(program(version, *ill))
    layout.program(name).chmod(0o755)
    file = BundledFile(REQUIREMENTS, 0, "0" * 64)
    manifest = Manifest(version, PYTHON, MACHINE, "00000000", (file,))
    layout.manifest(name).write_text(manifest.as_json())
    return name


def write_bundle(
    folder: Path, version: str, *ill: str, python: str = PYTHON, machine: str = MACHINE,
    pip: str = PIP,
) -> Path:  # fmt: skip
    """A bundle of the small speaker, with a pip as small."""
    content = folder / f"content-{version}"
    (content / "wheels").mkdir(parents=True)
    (content / "wheels/parlor.sh").write_text(program(version, *ill))
    with zipfile.ZipFile(content / "wheels/pip-0-py3-none-any.whl", "w") as archive:
        archive.writestr(zipfile.ZipInfo("pip/__main__.py"), pip)
    return seal(content, folder / f"parlor-{version}.tar", version, python, machine)


def seal(
    content: Path, bundle: Path, version: str, python: str = PYTHON, machine: str = MACHINE
) -> Path:
    """Write requirements.txt, which has a line for every wheel, release.json and the tar."""
    lines = []
    for file in sorted((content / "wheels").iterdir()):
        name, _, rest = file.name.partition("-")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        lines.append(f"{name}=={rest.partition('-')[0]} --hash=sha256:{digest}\n")
    (content / REQUIREMENTS).write_text("".join(lines))
    (content / MANIFEST).write_text(describe(content, version, python, machine).as_json())
    pack(content, bundle)
    return bundle
