"""Environments made without the network, by the pip that is in the bundle itself.

Debian's Python comes without pip and ensurepip unless python3-venv is installed; a bundle does not
ask for it. Packages of Debian are seen from the environment, because PyAudio and those for the
pins of a Pi come from there; what the bundle has takes their place.
"""

import sys
from pathlib import Path
from typing import Final

from device.errors import BundleInvalid
from device.releases.manifest import REQUIREMENTS
from device.releases.programs import must_run

_SECONDS: Final = 1800.0
"""Far more than half a gigabyte takes on a memory card."""


def install(venv: Path, bundle: Path, held: int) -> None:
    """Make an environment and install an unpacked bundle into it.

    `held` is a descriptor that the programs started keep open. Raises ReleaseError.
    """
    wheels = bundle / "wheels"
    found = sorted(wheels.glob("pip-*.whl"))
    if not found:
        raise BundleInvalid("there is no pip in the bundle; build it anew")
    environment = [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages"]
    must_run([*environment, str(venv)], _SECONDS, held=(held,))
    command = [
        str(venv / "bin/python"), str(found[-1] / "pip"), "install", "--isolated", "--quiet",
        "--disable-pip-version-check", "--no-cache-dir", "--ignore-installed", "--no-deps",
        "--no-index", "--find-links", str(wheels), "--only-binary", ":all:",
        "--require-hashes", "--requirement", str(bundle / REQUIREMENTS),
    ]  # fmt: skip
    must_run(command, _SECONDS, held=(held,))
