"""What is installed into roots without a network: Debian packages, and this clone as a release."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.fleet.chroots import chroot, reached
from tests.fleet.controller import Controller

_CLONE: Final = Path(__file__).parents[2]


def prepare_debs(cache: Path) -> None:
    """Fetch the packages that the roles want, by the playbook that does it for people."""
    wanted = _digest([_CLONE / "ansible/debs.yml", *_CLONE.glob("ansible/roles/*/vars/main.yml")])
    if _stamped(cache / "debs", wanted):
        return
    with TemporaryDirectory(dir=cache) as scratch, chroot(cache, Path(scratch, "pi")) as root:
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        controller = Controller(cache, Path(scratch))
        controller.inventory({"speakers": {"pi": reached(root)}})
        done = controller.play("debs.yml", "-e", f"debs_file={cache / 'debs/debs.tar'}")
        if done.code:
            sys.exit(done.output)
    (cache / "debs/.made-of").write_text(wanted)


def prepare_release(cache: Path) -> None:
    """Build and sign a bundle of this clone for the roots, whenever the clone has changed."""
    files = [*_CLONE.glob("device/**/*.*"), _CLONE / "pyproject.toml", *_CLONE.glob("locks/*")]
    wanted = _digest(file for file in files if file.is_file() and file.suffix != ".pyc")
    if _stamped(cache / "bundles", wanted):
        return
    key = cache / "bundles/key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    signer = key.with_suffix(".pub").read_text()
    (cache / "bundles/allowed_signers").write_text(f"parlor {signer}")
    build = [
        sys.executable, "-m", "device.releases", "build", "--python", "3.11", "--machine", "x86_64",
        "--source", str(_CLONE), "--output", str(cache / "bundles"),
        "--sign", str(key),
    ]  # fmt: skip
    subprocess.run(build, check=True, cwd=_CLONE)
    (cache / "bundles/.made-of").write_text(wanted)


def _stamped(folder: Path, wanted: str) -> bool:
    """Whether a folder is made of this; otherwise it is empty now."""
    stamp = folder / ".made-of"
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return False


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(_CLONE)}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
