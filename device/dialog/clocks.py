"""The clocks of this machine: both hands, the time zone, and which boot this is."""

import os
import time
from collections.abc import Callable
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from device.dialog.timer import Instant

_LOCAL_TIME = Path("/etc/localtime")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def system_instant() -> Instant:
    """Both clocks of the machine; ticks go on while it sleeps."""
    return Instant(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))


def virtual_instant(loop_time: Callable[[], float]) -> Callable[[], Instant]:
    """Clocks that start as the machine's and go on with a loop whose time jumps."""
    start, began = system_instant(), loop_time()
    return lambda: Instant(
        start.wall + loop_time() - began,
        start.ticks + loop_time() - began,
    )


def system_zone(local_time: Path = _LOCAL_TIME) -> tzinfo:
    """The zone that TZ names, else the one that is set for the machine, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    _, found, linked = str(local_time.resolve()).partition("zoneinfo/")
    for key in (named, linked if found else ""):
        try:
            if key:
                return ZoneInfo(key)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    try:
        with local_time.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return UTC


def boot_id() -> str:
    """Names this boot; empty where the kernel does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
