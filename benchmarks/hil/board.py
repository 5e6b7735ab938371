"""What a reader must know of a board to compare its figures with those of another one."""

import platform
import socket
from pathlib import Path
from typing import Any, Final

from benchmarks.report import machine

_MODEL: Final = Path("/proc/device-tree/model")
_MEMORY: Final = Path("/proc/meminfo")
_CPU: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq")


def facts() -> dict[str, Any]:
    """Machine, system and clock."""
    return {
        **machine(),
        "model": _text(_MODEL) or platform.machine(),
        "memory_mb": _memory_mb(),
        "system": _system(),
        "kernel": platform.release(),
        "governor": _text(_CPU / "scaling_governor") or "unknown",
        "clock_mhz": int(_text(_CPU / "cpuinfo_max_freq") or 0) // 1_000 or "unknown",
    }


def name() -> str:
    """What the board is called, unless it is told."""
    return socket.gethostname()


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _memory_mb() -> int:
    total = next((line for line in _text(_MEMORY).splitlines() if line.startswith("MemTotal")), "")
    return int(total.split()[1]) // 1024 if total else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        return ""
