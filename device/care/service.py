"""How systemd looks after the speaker. Judging its words is pure."""

import shutil
from collections.abc import Iterator, Mapping
from typing import Final

from device.hal.program import words_of
from device.health import Code, Finding

_PROPERTIES: Final = ("LoadState", "WatchdogUSec", "NRestarts", "UnitFileState")


def service(told: Mapping[str, str]) -> Iterator[Finding]:
    """What properties of the unit mean; nothing where there is no such unit."""
    if told.get("LoadState") != "loaded":
        return
    if told.get("WatchdogUSec", "0") in ("0", "infinity"):
        message = "systemd does not watch the speaker; set WatchdogSec= in parlor.service"
        yield Finding("service", True, message, Code.UNWATCHED)
    if told.get("UnitFileState") == "disabled":
        message = "it does not start with the computer; run: systemctl enable parlor"
        yield Finding("service", True, message, Code.DISABLED)
    restarts = int(told.get("NRestarts", "0") or 0)
    if restarts:
        message = f"systemd started it again {restarts} times; see why: journalctl -u parlor"
        yield Finding("service", True, message, Code.RESTARTED, {"restarts": float(restarts)})


def read_service(unit: str = "parlor.service") -> dict[str, str]:
    """Properties of the unit; none where there is no systemd."""
    program = shutil.which("systemctl")
    if program is None:
        return {}
    command = [program, "show", unit, *(f"--property={name}" for name in _PROPERTIES)]
    pairs = (line.partition("=") for line in words_of(command).splitlines())
    return {name: value for name, _, value in pairs if name in _PROPERTIES}
