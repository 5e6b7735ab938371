"""Debian roots that Ansible changes from outside: everything but what needs a service manager."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fleet.root import debian_root


@contextmanager
def chroot(cache: Path, folder: Path, suite: str = "bookworm") -> Iterator[Path]:
    """A fresh root with /proc and /dev, in which packages start no services."""
    with debian_root(cache, folder, suite) as root:
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        subprocess.run(["mount", "--rbind", "--make-rslave", "/dev", root / "dev"], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
        try:
            yield root
        finally:
            subprocess.run(["umount", "--lazy", root / "proc", root / "dev"], check=True)


def reached(root: Path) -> dict[str, Any]:
    """Variables by which Ansible gets into a root."""
    return {"ansible_connection": "community.general.chroot", "ansible_host": str(root)}
