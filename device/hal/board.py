"""The lights and buttons of this speaker: which there are, and opening them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device.config import GpioConfig, LedsConfig
from device.errors import ConfigError, HardwareError
from device.hal.apa102 import Apa102
from device.hal.drivers import Drivers, open_drivers
from device.hal.gpio import Contact, OutputPin
from device.hal.led import Indicator, RgbLed, SingleLed


@dataclass(frozen=True, slots=True)
class Preset:
    """A board that is put on a Pi."""

    count: int
    """APA102 lights."""
    spi_device: int
    """Of bus 0. The lights of these boards take no notice of chip select."""
    power: int | None = None
    """Pin that powers the lights."""
    button: int | None = None
    """Pin of the button, which connects it to ground."""


PRESETS: Final = {
    "respeaker-2mic": Preset(count=3, spi_device=1, button=17),
    "respeaker-4mic": Preset(count=12, spi_device=1, power=5),
}
"""As in Seeed's own examples: respeaker/mic_hat and respeaker/4mics_hat."""


_PINS: Final = {"led": 1, "rgb": 3}
"""Pins by kind of light."""


@dataclass(frozen=True, slots=True)
class Board:
    """What there is; the contacts are open, the lights are opened by whoever shines them."""

    open_lights: Callable[[], Indicator] | None = None
    """Raises HardwareError, and may be called again when the lights failed or were closed."""
    button: Contact | None = None
    mute_switch: Contact | None = None


def open_board(leds: LedsConfig, config: GpioConfig, drivers: Drivers | None = None) -> Board:
    """Open what the configuration names; without `drivers`, on those that it names.

    Raises ConfigError when the pins do not fit, HardwareError when a contact cannot be used.
    """
    check_pins(leds, config)
    preset = PRESETS[leds.preset] if leds.preset else None
    button = _button(preset, config)
    if leds.kind == "none" and preset is None and button is None and config.mute_switch is None:
        return Board()
    drivers = drivers or open_drivers(config)
    if drivers is None:
        return Board()

    def contact(pin: int | None) -> Contact | None:
        return None if pin is None else Contact(drivers.gpio, pin, active_low=config.active_low)

    open_lights = _lights(leds, preset, drivers)
    return Board(open_lights, contact(button), contact(config.mute_switch))


def check_pins(leds: LedsConfig, config: GpioConfig) -> None:
    """Raise ConfigError when the pins do not fit what they are for, or are used twice. Pure."""
    preset = PRESETS[leds.preset] if leds.preset else None
    lights = leds.pins if preset is None else (preset.power,)
    needed = _PINS.get(leds.kind)
    if preset is None and needed is not None and len(leds.pins) != needed:
        raise ConfigError(
            f"[leds] kind = {leds.kind!r} takes {needed} in pins, not {len(leds.pins)}"
        )
    button, mute_switch = _button(preset, config), config.mute_switch
    used = [pin for pin in (*lights, button, mute_switch) if pin is not None]
    twice = sorted({pin for pin in used if used.count(pin) > 1})
    if twice:
        raise ConfigError(f"[leds] and [gpio] use pin {twice[0]} twice; give each its own")


def _button(preset: Preset | None, config: GpioConfig) -> int | None:
    return config.button if preset is None or config.button is not None else preset.button


def _lights(
    leds: LedsConfig, preset: Preset | None, drivers: Drivers
) -> Callable[[], Indicator] | None:
    if preset is not None:
        return lambda: _open_ring(
            drivers, 0, preset.spi_device, preset.count, leds.brightness, preset.power
        )
    match leds.kind, leds.pins:
        case "led", (pin,):
            return lambda: SingleLed(drivers.gpio, pin, leds.brightness)
        case "rgb", (red, green, blue):
            return lambda: RgbLed(drivers.gpio, (red, green, blue), leds.brightness)
        case "apa102", _:
            return lambda: _open_ring(
                drivers, leds.spi_bus, leds.spi_device, leds.count, leds.brightness
            )
    return None


def _open_ring(
    drivers: Drivers, bus: int, device: int, count: int, brightness: float,
    power: int | None = None,
) -> Indicator:  # fmt: skip
    supply = None if power is None else OutputPin(drivers.gpio, power)
    try:
        return Apa102(drivers.new_spi(), bus, device, count, brightness, supply)
    except HardwareError:
        if supply is not None:
            supply.close()
        raise
