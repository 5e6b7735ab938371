"""This tree as the release of a Debian root, with a sound card that does not exist."""

import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Final

from benchmarks.null_card import install

REPOSITORY: Final = Path(__file__).parents[2]
BINDS: Final = (f"{REPOSITORY}:/srv/parlor", f"{sysconfig.get_path('purelib')}:/srv/site")
"""What the machine sees of this computer."""
_CONFIG: Final = '[audio]\nbackend = "subprocess"\n[mqtt]\nenabled = false\n'
_LAUNCHER: Final = """#!/bin/sh
export PYTHONPATH=/srv/parlor:/srv/site PATH="/srv/card:$PATH"
exec /usr/bin/python3 -m device "$@"
"""
_QUICK: Final = "[Unit]\nStartLimitIntervalSec=10\n[Service]\nRestartSec=0.2\n"
_AGAIN: Final = "[Timer]\nOnActiveSec=\nOnActiveSec=12\n"
"""What takes minutes otherwise."""


def install_speaker(root: Path) -> Path:
    """Put units, user, folders, configuration and a release into a root; gives its card."""
    etc = root / "etc"
    shutil.copytree(REPOSITORY / "systemd", etc / "systemd/system", dirs_exist_ok=True)
    for kind in ("sysusers", "tmpfiles"):
        shutil.copy(REPOSITORY / f"systemd/parlor.{kind}", root / f"usr/lib/{kind}.d/parlor.conf")
    (etc / "systemd/system/parlor.service.d/pi.conf").unlink()
    _write(etc / "systemd/system/parlor.service.d/quick.conf", _QUICK)
    _write(etc / "systemd/system/parlor-again.timer.d/quick.conf", _AGAIN)
    _write(etc / "parlor/parlor.toml", _CONFIG)
    add_release(root, "good", _LAUNCHER)
    for link in ("current", "last-good"):
        (root / "opt/parlor" / link).symlink_to("releases/good")
    enable(root, "parlor.service", "parlor-boot-check.service", "parlor-update.path")
    return install(root / "srv/card", "/usr/bin/python3")


def add_release(root: Path, name: str, launcher: str) -> None:
    """A release whose `parlor` is a script."""
    program = root / "opt/parlor/releases" / name / "venv/bin/parlor"
    _write(program, launcher)
    program.chmod(0o755)
    _write(program.parents[2] / "release.json", "{}")


def add_broken_release(root: Path, *, trial: bool) -> None:
    """Have a release that fails at once be the current one, on trial as after a switch or not."""
    add_release(root, "broken", "#!/bin/sh\nexit 3\n")
    name_current(root, "broken")
    if trial:
        _write(root / "opt/parlor/trial", "{}")


def name_current(root: Path, name: str) -> None:
    """Have a release be the current one."""
    current = root / "opt/parlor/current"
    current.unlink()
    current.symlink_to(f"releases/{name}")


def enable(root: Path, *units: str) -> None:
    """Start units at boot."""
    subprocess.run(["systemctl", f"--root={root}", "--quiet", "enable", *units], check=True)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
