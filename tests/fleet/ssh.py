"""Debian roots that Ansible reaches as it reaches a Pi: booted, by SSH."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.fleet.root import Machine, boot, debian_root

_ANYBODY: Final = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"


@contextmanager
def booted(cache: Path, folder: Path, port: int) -> Iterator[tuple[Machine, dict[str, Any]]]:
    """A machine that lets root in by a key at a port of 127.0.0.1, and Ansible's way there."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with debian_root(cache, folder / "pi") as root:
        (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
        (root / "root/.ssh/authorized_keys").write_text((folder / "key.pub").read_text())
        (root / "etc/ssh/sshd_config.d/test.conf").write_text(f"Port {port}\n")
        with boot(cache, root) as machine:
            yield (
                machine,
                {
                    "ansible_host": "127.0.0.1",
                    "ansible_port": port,
                    "ansible_user": "root",
                    "ansible_ssh_private_key_file": str(key),
                    "ansible_ssh_common_args": _ANYBODY,
                },
            )
