"""Releases of a speaker of a few lines, installed, started and judged like the real one."""

import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

from tests.releases.bundles import seal

_SOURCE: Final = Path(__file__).parents[2] / "device"

_PROGRAM: Final = """#!/usr/bin/python3
import os, pathlib, signal, socket, sys

ILL = {ill!r}
wheel = next(pathlib.Path(__file__).parent.glob("*.whl"))
match sys.argv[1:]:
    case ["release", *rest]:
        os.environ["PYTHONPATH"] = str(wheel)
        os.execv("/usr/bin/python3", ["python3", "-m", "device.releases", *rest])
    case [command, *_] if command in ILL:
        sys.exit(f"parlor: {{command}} is broken in {version} [engine-failed]")
    case ["run"]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system:
            system.connect(os.environ["NOTIFY_SOCKET"].replace("@", chr(0)))
            system.send(b"READY=1\\nWATCHDOG_USEC=0\\nSTATUS={version} listens")
        signal.pause()
    case ["doctor", *_]:
        print('{{"check": "microphone", "healthy": true, "message": "hears", "code": ""}}')
"""
_PIP: Final = """
import pathlib, shutil, sys

programs = pathlib.Path(sys.prefix) / "bin"
wheels = pathlib.Path(sys.argv[sys.argv.index("--find-links") + 1])
shutil.copy(*wheels.glob("parlor_speaker-*.whl"), programs)
(programs / "parlor").write_text((wheels / "parlor.py").read_text())
(programs / "parlor").chmod(0o755)
"""


def write_release(folder: Path, version: str, ill: Collection[str] = ()) -> Path:
    """A bundle as `parlor release build` names it, for Debian 12's Python on x86_64.

    `ill`: commands of `parlor` that fail, such as run, doctor, selftest.
    """
    content = folder / f"content-{version}"
    wheels = content / "wheels"
    wheels.mkdir(parents=True)
    (wheels / "parlor.py").write_text(_PROGRAM.format(version=version, ill=sorted(ill)))
    with zipfile.ZipFile(wheels / "pip-0-py3-none-any.whl", "w") as archive:
        archive.writestr("pip/__main__.py", _PIP)
    with zipfile.ZipFile(wheels / f"parlor_speaker-{version}-py3-none-any.whl", "w") as archive:
        for file in [*_SOURCE.glob("*.py"), *_SOURCE.glob("releases/*.py")]:
            archive.write(file, file.relative_to(_SOURCE.parent))
    bundle = seal(content, folder / "bundle.tar", version, "3.11", "x86_64")
    return bundle.rename(folder / f"parlor-{version}-py3.11-x86_64.tar")
