"""What can show a picture, and the two smallest: one light on a pin, and one of three colors."""

from contextlib import ExitStack, closing
from typing import Protocol

from device.hal.gpio import PwmPin, RpiGpio
from device.hal.patterns import Pixels


class Indicator(Protocol):
    """Some lights; used by one thread at a time."""

    @property
    def count(self) -> int:
        """How many there are, 1 or more."""
        ...

    def show(self, pixels: Pixels) -> None:
        """Show colors, one a light. Raises HardwareError."""
        ...

    def close(self) -> None:
        """Turn dark and let the hardware go. Raises HardwareError."""
        ...


class SingleLed:
    """One light without color: it is as bright as the brightest part of the color."""

    count = 1

    def __init__(self, gpio: RpiGpio, pin: int, brightness: float) -> None:
        """Take the pin. Raises HardwareError."""
        self._pin = PwmPin(gpio, pin)
        self._brightness = brightness

    def show(self, pixels: Pixels) -> None:
        """Show the first color. Raises HardwareError."""
        self._pin.shine(max(pixels[0]) / 255 * self._brightness)

    def close(self) -> None:
        """Turn dark and let the pin go. Raises HardwareError."""
        self._pin.close()


class RgbLed:
    """One light of three colors, on three pins."""

    count = 1

    def __init__(self, gpio: RpiGpio, pins: tuple[int, int, int], brightness: float) -> None:
        """Take the pins of red, green and blue. Raises HardwareError."""
        with ExitStack() as undo:
            self._pins = [undo.enter_context(closing(PwmPin(gpio, pin))) for pin in pins]
            undo.pop_all()
        self._brightness = brightness

    def show(self, pixels: Pixels) -> None:
        """Show the first color. Raises HardwareError."""
        for pin, part in zip(self._pins, pixels[0], strict=True):
            pin.shine(part / 255 * self._brightness)

    def close(self) -> None:
        """Turn dark and let the pins go. Raises HardwareError."""
        for pin in self._pins:
            pin.close()
