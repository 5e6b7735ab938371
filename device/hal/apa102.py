"""A ring or strip of APA102 lights on SPI, e.g. that of the ReSpeaker boards.

Its protocol: 32 zero bits begin a picture; each light takes 0b111, five bits of brightness, then
blue, green and red; half a clock edge for each light pushes the last ones through. What ends a
picture is zeros too, which the SK9822, sold under the same name, needs.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final, Protocol

from device.hal.gpio import OutputPin, failing
from device.hal.patterns import Color, Pixels

SPI_HERTZ: Final = 4_000_000
"""What cables and clones of the chip bear."""

_START: Final = bytes(4)
_STEPS: Final = 31


class Spi(Protocol):
    """What Parlor uses of `spidev.SpiDev`."""

    max_speed_hz: int

    def open(self, bus: int, device: int, /) -> None:
        """Take /dev/spidevBUS.DEVICE."""
        ...

    def writebytes2(self, values: bytes, /) -> None:
        """Send bytes, as many as there are."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


def frame(pixels: Iterable[Color], brightness: float) -> bytes:
    """The bytes that show these colors at `brightness`, 0 to 1."""
    level = 0b1110_0000 | round(_STEPS * brightness)
    lights = [bytes((level, blue, green, red)) for red, green, blue in pixels]
    return _START + b"".join(lights) + bytes(4 + (len(lights) + 15) // 16)


class Apa102:
    """Lights in a row on one SPI device."""

    def __init__(
        self, spi: Spi, bus: int, device: int, count: int, brightness: float,
        supply: OutputPin | None = None,
    ) -> None:  # fmt: skip
        """Take the device; `supply` is the pin that powers the lights. Raises HardwareError."""
        self.count = count
        self._spi = spi
        self._brightness = brightness
        self._supply = supply
        self._name = f"/dev/spidev{bus}.{device}"
        with failing(self._name, "turn SPI on: sudo raspi-config nonint do_spi 0; "):
            spi.open(bus, device)
            spi.max_speed_hz = SPI_HERTZ

    def show(self, pixels: Pixels) -> None:
        """Send colors, one a light. Raises HardwareError."""
        with failing(self._name):
            self._spi.writebytes2(frame(pixels, self._brightness))

    def close(self) -> None:
        """Turn dark and let everything go. Raises HardwareError."""
        with ExitStack() as last:
            if self._supply is not None:
                last.callback(self._supply.close)
            last.callback(self._spi.close)
            self.show(((0, 0, 0),) * self.count)
