"""The lights and buttons of this speaker: which there are, and opening them."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

from device.config import GpioConfig, LedsConfig
from device.errors import ConfigError, HardwareError
from device.folders import state_folder
from device.hal.apa102 import Apa102, Spi
from device.hal.gpio import Contact, OutputPin, RpiGpio, board_model, load_gpio
from device.hal.led import Indicator, RgbLed, SingleLed
from device.hal.simulated.gpio import SimulatedGpio
from device.hal.simulated.spi import SimulatedSpi

_LOGGER = logging.getLogger(__name__)


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


class Drivers(Protocol):
    """Where pins and SPI devices come from."""

    @property
    def gpio(self) -> RpiGpio:
        """The module RPi.GPIO, or what takes its place. Raises HardwareError."""
        ...

    def new_spi(self) -> Spi:
        """An SPI device that is not open yet. Raises HardwareError."""
        ...


class RealDrivers:
    """Those of the Pi that this is."""

    @cached_property
    def gpio(self) -> RpiGpio:
        """Import RPi.GPIO. Raises HardwareError."""
        runtime = os.environ.get("RUNTIME_DIRECTORY")
        return load_gpio(Path(runtime) if runtime else state_folder(), board_model())

    def new_spi(self) -> Spi:
        """Import spidev. Raises HardwareError."""
        try:
            return cast("Spi", import_module("spidev").SpiDev())
        except ImportError as error:
            raise HardwareError(
                "lights on SPI need spidev; install it (Debian: python3-spidev) and turn SPI on: "
                "sudo raspi-config nonint do_spi 0"
            ) from error


class SimulatedDrivers:
    """Pins and SPI devices that only remember."""

    def __init__(self) -> None:
        self.gpio = SimulatedGpio()
        self.gpio.setmode(self.gpio.BCM)
        self.spis: list[SimulatedSpi] = []

    def new_spi(self) -> Spi:
        """Another device."""
        self.spis.append(SimulatedSpi())
        return self.spis[-1]


def open_drivers(config: GpioConfig) -> Drivers | None:
    """The drivers that the configuration names; None: this is no Pi, and none were asked for."""
    if config.backend == "simulated":
        return SimulatedDrivers()
    if config.backend == "auto" and not board_model():
        _LOGGER.info("this is no Raspberry Pi: no lights and no buttons")
        return None
    return RealDrivers()


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
