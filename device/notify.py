"""Tells the service manager how the speaker is, as sd_notify(3) describes it.

Without `NOTIFY_SOCKET` nobody is told anything. What is told:

    READY=1                the wake word is listened for
    STATUS=...             one line for `systemctl status parlor`
    WATCHDOG=1             audio was listened to since the last time
    EXTEND_TIMEOUT_USEC    a step of loading begins, which may take so long
    STOPPING=1             the speaker ends because it was asked to
"""

import os
import socket
from collections.abc import Mapping
from typing import Final

_STEP_SECONDS: Final = 60.0
"""What a step of loading may take on a slow card; the steps are few."""
_DIGITS: Final = 15
"""Of microseconds in thirty years."""


class Notifier:
    """One service manager's socket, or none."""

    def __init__(self, address: str = "", watchdog_seconds: float = 0.0) -> None:
        """`address`: a path, or after @ a name in the abstract namespace; empty: nobody."""
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_seconds = watchdog_seconds
        """Within so long it wants to hear that the speaker lives; 0: it does not."""

    @property
    def heard(self) -> bool:
        """Whether anybody is told."""
        return bool(self._address)

    def ready(self) -> bool:
        """Say that the speaker listens; False: it was not taken, say it again."""
        return self._tell(READY="1")

    def status(self, text: str) -> bool:
        """Say how the speaker is, in one line."""
        return self._tell(STATUS=" ".join(text.split()))

    def loading(self, text: str) -> bool:
        """Say which step of loading begins, and that it may take its time."""
        return self._tell(
            STATUS=" ".join(text.split()), EXTEND_TIMEOUT_USEC=f"{_STEP_SECONDS * 1e6:.0f}"
        )

    def alive(self) -> bool:
        """Say that audio was listened to."""
        return self._tell(WATCHDOG="1")

    def stopping(self) -> bool:
        """Say that the speaker ends."""
        return self._tell(STOPPING="1", STATUS="stops")

    def _tell(self, **told: str) -> bool:
        """Send one message, unless that would wait; never raises."""
        if not self._address:
            return True
        message = "\n".join(f"{name}={value}" for name, value in told.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(message.encode(), self._address)
        except OSError:
            return False
        return True


def open_notifier(environment: Mapping[str, str] = os.environ) -> Notifier:
    """The service manager of this process. A watchdog that is meant for another is none."""
    ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    period = environment.get("WATCHDOG_USEC", "")
    watched = ours and period.isascii() and period.isdigit() and len(period) <= _DIGITS
    address = environment.get("NOTIFY_SOCKET", "")
    return Notifier(address, int(period) / 1e6 if watched else 0.0)
