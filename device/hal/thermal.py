"""How warm the computer of the speaker is, and whether it slows itself down."""

from pathlib import Path
from typing import Final

THERMAL_ZONES: Final = Path("/sys/class/thermal")
FIRMWARE: Final = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")
"""Hexadecimal; what `vcgencmd get_throttled` prints on a Pi."""
_SLOWED_NOW: Final = 0b1110
"""Bit 1: frequency capped, 2: throttled, 3: soft temperature limit. Bit 0 is under-voltage, and
those from 16 on tell of the past. Source: Raspberry Pi documentation, vcgencmd."""


def read_celsius(zones: Path = THERMAL_ZONES) -> float | None:
    """Degrees of the first thermal zone, which is the processor's on a Pi; None if there is none.

    Source: Linux, Documentation/driver-api/thermal/sysfs-api.rst: temp is in thousandths.
    """
    try:
        return int((zones / "thermal_zone0" / "temp").read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None


def read_throttled(firmware: Path = FIRMWARE) -> bool:
    """Whether the computer slows itself down now; False where nobody can tell."""
    try:
        return bool(int(firmware.read_text(encoding="ascii"), 16) & _SLOWED_NOW)
    except (OSError, ValueError):
        return False
