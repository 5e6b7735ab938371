"""Debian roots to spoil, and machines booted from them: systemd as on a Pi, with nothing of a Pi.

A root is a layer over one that debootstrap made once, so it is there at once and gone afterwards.
`boot` starts systemd in it by systemd-nspawn; its binary is unpacked beside the roots, nothing is
installed on this computer. Needs root, and what `scripts/test-fleet` gives: mounts, processes and
a network of its own, which end with it.
"""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PACKAGES: Final = (
    "systemd", "systemd-sysv", "dbus", "libnss-systemd", "kmod", "ca-certificates",
    "python3", "python3-venv", "python3-apt", "openssh-server", "openssh-client",
    "alsa-utils", "espeak-ng", "libsndfile1", "libportaudio2",
)  # fmt: skip
_BOOT_SECONDS: Final = 60.0


def prepare(cache: Path, mirror: str, suite: str = "bookworm") -> None:
    """Make what roots of a Debian suite need, once; a minute or two, from the network."""
    if not (cache / suite).is_dir():
        _bootstrap(cache, mirror, suite)
    if not _nspawn(cache).is_file():
        subprocess.run(["apt-get", "download", "systemd-container"], cwd=cache, check=True)
        [package] = cache.glob("systemd-container_*.deb")
        subprocess.run(["dpkg-deb", "-x", package, cache / "nspawn"], check=True)
        package.unlink()


def _bootstrap(cache: Path, mirror: str, suite: str) -> None:
    part = cache / f"{suite}.part"
    with (cache / f"{suite}.log").open("wb") as log:
        subprocess.run(["rm", "-rf", part], check=True)
        subprocess.run(
            [
                "unshare", "--mount", "--propagation", "private", "debootstrap",
                "--variant=minbase", f"--include={','.join(_PACKAGES)}", suite, part, mirror,
            ],
            stdout=log, stderr=log, check=True,
        )  # fmt: skip
    part.rename(cache / suite)


def _nspawn(cache: Path) -> Path:
    return cache / "nspawn/usr/bin/systemd-nspawn"


@contextmanager
def debian_root(cache: Path, folder: Path, suite: str = "bookworm") -> Iterator[Path]:
    """A fresh root in an empty folder; what is written to it stays in the folder until the end."""
    written, work, root = (folder / name for name in ("written", "work", "root"))
    for one in (written, work, root):
        one.mkdir(parents=True)
    layers = f"lowerdir={cache / suite},upperdir={written},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, root], check=True)
    try:
        yield root
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)


@dataclass(frozen=True, slots=True)
class Machine:
    """A booted root."""

    root: Path
    leader: int
    """Its first process, as this computer counts."""

    def run(self, *command: str | Path, check: bool = True, seconds: float = 120) -> str:
        """What a command inside says on standard output. AssertionError when it fails."""
        inside = ["nsenter", "--target", str(self.leader), "--all", "--", *command]
        done = subprocess.run(inside, capture_output=True, text=True, timeout=seconds, check=False)
        failed = check and done.returncode != 0
        assert not failed, f"{command} gave {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def property(self, unit: str, name: str) -> str:
        """One property of a unit, as systemctl shows it."""
        return self.run("systemctl", "show", "--value", "--property", name, unit).strip()

    def wait_for(self, unit: str, name: str, value: str, seconds: float = 60) -> None:
        """Until a unit has a property. Raises AssertionError with what its log says."""
        deadline = time.monotonic() + seconds
        while (now := self.property(unit, name)) != value:
            if time.monotonic() > deadline:
                raise AssertionError(f"{unit}: {name} is {now!r}, not {value!r}\n{self.log(unit)}")
            time.sleep(0.1)

    def log(self, unit: str) -> str:
        """What the journal has of a unit."""
        return self.run("journalctl", "--no-pager", "--quiet", "--output=short", f"--unit={unit}")


@contextmanager
def boot(
    cache: Path, root: Path, binds: Sequence[str] = (), log: Path | None = None
) -> Iterator[Machine]:
    """Boot a root, with folders of this computer read-only in it (`from:to`).

    The machine shares the network of who calls this. `log` takes its console.
    """
    command = [
        str(_nspawn(cache)), "--register=no", "--keep-unit", "--quiet", "--console=pipe", "--boot",
        f"--directory={root}", *(f"--bind-ro={bind}" for bind in binds),
    ]  # fmt: skip
    with (log or root.parent / "console.log").open("wb") as console:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=console
        )
        try:
            machine = Machine(root, _leader(process))
            _wait_until_booted(machine, console.name)
            yield machine
        finally:
            process.terminate()
            process.wait(60)


def _leader(process: "subprocess.Popen[bytes]") -> int:
    """The machine's systemd; nspawn has other children before it."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + _BOOT_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for child in children.read_text().split():
            with suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return int(child)
        time.sleep(0.05)
    raise AssertionError("systemd-nspawn started nothing")


def _wait_until_booted(machine: Machine, console: str) -> None:
    """Until services may be started; those that start at boot may still be on their way."""
    deadline = time.monotonic() + _BOOT_SECONDS
    while machine.run("systemctl", "is-active", "basic.target", check=False).strip() != "active":
        assert time.monotonic() < deadline, f"the machine did not boot; see {console}"
        time.sleep(0.2)
