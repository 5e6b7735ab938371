"""How warm the computer of the speaker is."""

from pathlib import Path
from typing import Final

THERMAL_ZONES: Final = Path("/sys/class/thermal")


def read_celsius(zones: Path = THERMAL_ZONES) -> float | None:
    """Degrees of the first thermal zone, which is the processor's on a Pi; None if there is none.

    Source: Linux, Documentation/driver-api/thermal/sysfs-api.rst: temp is in thousandths.
    """
    try:
        return int((zones / "thermal_zone0" / "temp").read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None
