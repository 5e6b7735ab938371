"""Which computer this is, and how much memory it has."""

from pathlib import Path
from typing import Final

_MODEL: Final = Path("/proc/device-tree/model")
"""On a Pi, e.g. Raspberry Pi 4 Model B Rev 1.4, ended by a zero byte."""
_MEMORY: Final = Path("/proc/meminfo")


def read_model(file: Path = _MODEL) -> str:
    """What the firmware calls the computer; empty: it does not say."""
    try:
        return file.read_bytes().rstrip(b"\0").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def read_memory_mb(file: Path = _MEMORY) -> int:
    """Memory in MB of a million bytes; 0 where nobody can tell.

    Source: Linux, Documentation/filesystems/proc.rst: MemTotal is in units of 1024 bytes.
    """
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        (total,) = (line.split()[1] for line in lines if line.startswith("MemTotal:"))
        return int(total) * 1024 // 1_000_000
    except (OSError, ValueError, IndexError):
        return 0
