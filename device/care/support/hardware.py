"""What the computer is, as far as it helps to find out what is wrong with the speaker on it."""

import os
import platform
import shutil
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from device import __version__
from device.hal.thermal import read_celsius, read_throttled

_MODEL: Final = Path("/proc/device-tree/model")
_MEMORY: Final = Path("/proc/meminfo")
_CARDS: Final = Path("/proc/asound/cards")
_UPTIME: Final = Path("/proc/uptime")
_SYSTEM: Final = ("ID", "VERSION_ID")


def versions() -> dict[str, Any]:
    """Of the speaker and everything it is made of."""
    installed = {one.metadata["Name"]: one.version for one in distributions()}
    return {
        "parlor": __version__,
        "python": platform.python_version(),
        "packages": dict(sorted((name, version) for name, version in installed.items() if name)),
    }


def hardware(folder: Path) -> dict[str, Any]:
    """Of the computer; `folder`: on the disk that matters. What cannot be read is left out."""
    memory = dict(line.split(":", 1) for line in _read(_MEMORY).splitlines() if ":" in line)
    disk = shutil.disk_usage(folder if folder.exists() else "/")
    return {
        "model": _read(_MODEL).rstrip("\0\n"),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "system": _system(),
        "kernel": platform.release(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "memory": {
            key: memory[key].strip() for key in ("MemTotal", "MemAvailable") if key in memory
        },
        "disk_bytes": {"total": disk.total, "free": disk.free},
        "uptime_seconds": float((_read(_UPTIME).split() or ["0"])[0]),
        "celsius": read_celsius(),
        "throttled": read_throttled(),
        "sound_cards": [line.strip() for line in _read(_CARDS).splitlines()],
    }


def _system() -> dict[str, str]:
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return {}
    return {key: told[key] for key in _SYSTEM if key in told}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
