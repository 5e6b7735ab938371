"""Where pins and SPI devices come from: the Pi that this is, or a simulation."""

import logging
from functools import cached_property
from importlib import import_module
from typing import Protocol, cast

from device.config import GpioConfig
from device.errors import HardwareError
from device.folders import runtime_folder, state_folder
from device.hal.apa102 import Spi
from device.hal.gpio import RpiGpio, board_model, load_gpio
from device.hal.simulated.gpio import SimulatedGpio
from device.hal.simulated.spi import SimulatedSpi

_LOGGER = logging.getLogger(__name__)


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
        return load_gpio(runtime_folder() or state_folder(), board_model())

    def new_spi(self) -> Spi:
        """Import spidev. Raises HardwareError."""
        try:
            return cast("Spi", import_module("spidev").SpiDev())
        except ImportError as error:
            raise HardwareError(
                "lights on SPI need spidev; install it: apt install python3-spidev, or with pip"
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
