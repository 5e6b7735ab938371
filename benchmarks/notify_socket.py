"""The service manager's end of sd_notify(3). The kernel keeps ten messages that are not read."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Told = dict[str, str]

_LARGEST_BYTES: Final = 4096


class NotifySocket:
    """Takes what a service tells."""

    def __init__(self, receiver: socket.socket, address: str) -> None:
        self.address = address
        """What NOTIFY_SOCKET is to be."""
        self._receiver = receiver
        self._told: list[Told] = []

    def told(self) -> list[Told]:
        """Everything that was told so far, each message by its names."""
        self._receiver.setblocking(False)
        try:
            while True:
                self._take()
        except BlockingIOError:
            return list(self._told)

    def pings(self) -> int:
        """How often the watchdog was fed."""
        return sum("WATCHDOG" in told for told in self.told())

    def statuses(self) -> list[str]:
        """The lines for `systemctl status`, in order."""
        return [told["STATUS"] for told in self.told() if "STATUS" in told]

    def wait_for(self, name: str, value: str, since: int = 0, seconds: float = 60) -> Told:
        """The first message from number `since` on that says so; AssertionError without one."""
        return self.wait_until(name, value.__eq__, since, seconds)

    def wait_until(
        self, name: str, fits: Callable[[str], bool], since: int = 0, seconds: float = 60
    ) -> Told:
        """The first message from number `since` on whose value fits; AssertionError without one."""
        deadline = time.monotonic() + seconds
        while True:
            for told in self._told[since:]:
                if name in told and fits(told[name]):
                    return told
            self._receiver.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                self._take()
            except TimeoutError:
                raise AssertionError(f"no such {name} among {self._told}") from None

    def _take(self) -> None:
        message = self._receiver.recv(_LARGEST_BYTES).decode()
        self._told.append(dict(line.split("=", 1) for line in message.splitlines()))


@contextmanager
def notify_socket(address: str) -> Iterator[NotifySocket]:
    """Listen at an address, a path or @name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + address[1:] if address.startswith("@") else address)
        yield NotifySocket(receiver, address)
