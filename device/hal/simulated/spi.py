"""An SPI device that only remembers: the API of `spidev.SpiDev`, for laptops and tests."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_REMEMBERED: Final = 10_000
_LONGEST_WRITE: Final = 4096
"""Bytes that the real driver sends at once, unless it is told otherwise at boot."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that went out at one time."""

    data: bytes
    seconds: float
    """Of the clock of the simulation."""


class SimulatedSpi:
    """Takes the place of `spidev.SpiDev()`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_speed_hz = 500_000
        self.device: tuple[int, int] | None = None
        """Bus and device while it is open."""
        self.sent: deque[Sent] = deque(maxlen=_REMEMBERED)
        """The newest of what was sent, the oldest first."""
        self.fails = False
        """Let every write fail, as when the board came loose."""
        self._clock = clock

    def open(self, bus: int, device: int) -> None:
        """Take a device. Raises OSError when it is open already."""
        if self.device is not None:
            raise OSError(f"spidev{bus}.{device} is open already")
        if bus < 0 or device < 0:
            raise FileNotFoundError(f"there is no spidev{bus}.{device}")
        self.device = bus, device

    def writebytes2(self, values: bytes) -> None:
        """Send bytes. Raises OSError when no device is open, and for more than one write takes."""
        if self.device is None or self.fails:
            raise OSError(9, "Bad file descriptor")
        if not 0 < len(values) <= _LONGEST_WRITE:
            raise OSError(90, "Message too long")
        self.sent.append(Sent(bytes(values), self._clock()))

    def close(self) -> None:
        """Let the device go."""
        self.device = None
