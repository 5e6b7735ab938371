"""The speaker as a service that can be started anew."""

import shlex
from pathlib import Path
from typing import Final, Protocol

from device.releases.programs import must_run, run

UNIT: Final = "parlor.service"
_SECONDS: Final = 180.0


class Service(Protocol):
    """What runs `current`."""

    def restart(self) -> None:
        """Stop the speaker and start `current`; returns when it is ready. Raises ReleaseError."""
        ...


class SystemdService:
    """The unit parlor.service; `systemctl` waits until it is ready (Type=notify)."""

    def restart(self) -> None:
        """Restart it, even if it was given up after it had failed again and again."""
        run(["systemctl", "reset-failed", UNIT], _SECONDS)
        must_run(["systemctl", "restart", UNIT], _SECONDS)


class CommandService:
    """Whatever a command of somebody's own restarts."""

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)

    def restart(self) -> None:
        """Run the command; it ends when the speaker is ready, and fails when it is not."""
        must_run(self._command, _SECONDS)


def find_service(root: Path, command: str | None) -> Service | None:
    """The service of this root; None where nothing runs, as in the image of a system."""
    if command is not None:
        return CommandService(command)
    booted = Path("/run/systemd/system").is_dir()
    return SystemdService() if booted and root == Path("/") else None
