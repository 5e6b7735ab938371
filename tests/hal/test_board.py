from importlib.util import find_spec
from typing import Any

import pytest

from device.config import GpioConfig, LedsConfig
from device.errors import ConfigError, HardwareError
from device.hal.apa102 import Apa102
from device.hal.board import Board, open_board
from device.hal.drivers import RealDrivers, SimulatedDrivers, open_drivers
from device.hal.led import RgbLed, SingleLed

SIMULATED = GpioConfig(backend="simulated")


def board(
    drivers: SimulatedDrivers | None = None, gpio: GpioConfig = SIMULATED, **leds: Any
) -> Board:
    return open_board(LedsConfig(**leds), gpio, drivers or SimulatedDrivers())


def test_the_small_respeaker_has_three_lights_and_a_button() -> None:
    drivers = SimulatedDrivers()
    small = board(drivers, preset="respeaker-2mic")
    assert small.open_lights is not None
    lights = small.open_lights()
    assert (lights.count, drivers.spis[0].device) == (3, (0, 1))
    assert small.button is not None
    drivers.gpio.drive(17, 0)
    assert small.button.closed


def test_the_large_respeaker_powers_its_ring_of_twelve() -> None:
    drivers = SimulatedDrivers()
    large = board(drivers, preset="respeaker-4mic")
    assert large.open_lights is not None
    assert large.button is None
    ring = large.open_lights()
    assert ring.count == 12
    assert drivers.gpio.input(5) == 1
    ring.close()
    assert drivers.gpio.in_use == []


def test_lights_can_be_opened_again() -> None:
    drivers = SimulatedDrivers()
    large = board(drivers, preset="respeaker-4mic")
    assert large.open_lights is not None
    large.open_lights().close()
    large.open_lights().close()
    assert len(drivers.spis) == 2


@pytest.mark.parametrize(
    ("leds", "kind", "count"),
    [
        ({"kind": "led", "pins": (18,)}, SingleLed, 1),
        ({"kind": "rgb", "pins": (17, 27, 22)}, RgbLed, 1),
        ({"kind": "apa102", "count": 60, "spi_device": 1}, Apa102, 60),
    ],
)
def test_lights_are_those_configured(leds: dict[str, Any], kind: type, count: int) -> None:
    opener = board(**leds).open_lights
    assert opener is not None
    lights = opener()
    assert isinstance(lights, kind)
    assert lights.count == count


def test_a_button_of_ones_own_wins_over_that_of_the_board() -> None:
    drivers = SimulatedDrivers()
    gpio = GpioConfig(backend="simulated", button=23, mute_switch=24)
    board(drivers, gpio, preset="respeaker-2mic")
    assert drivers.gpio.in_use == [23, 24]


@pytest.mark.parametrize(
    ("leds", "gpio", "message"),
    [
        ({"kind": "led"}, {}, "takes 1 in pins, not 0"),
        ({"kind": "rgb", "pins": (1, 2)}, {}, "takes 3 in pins, not 2"),
        ({"kind": "rgb", "pins": (1, 2, 1)}, {}, "pin 1 twice"),
        ({"kind": "led", "pins": (4,)}, {"button": 4}, "pin 4 twice"),
        ({"preset": "respeaker-4mic"}, {"mute_switch": 5}, "pin 5 twice"),
        ({}, {"button": 5, "mute_switch": 5}, "pin 5 twice"),
    ],
)
def test_pins_that_do_not_fit_are_a_mistake(
    leds: dict[str, Any], gpio: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        board(gpio=GpioConfig(backend="simulated", **gpio), **leds)


def test_nothing_configured_opens_nothing() -> None:
    drivers = SimulatedDrivers()
    assert board(drivers) == Board()
    assert not drivers.gpio.done


def test_a_ring_that_cannot_be_opened_gives_its_power_pin_back() -> None:
    class Loose(SimulatedDrivers):
        def new_spi(self) -> Any:
            raise HardwareError("no SPI")

    drivers = Loose()
    opener = board(drivers, preset="respeaker-4mic").open_lights
    assert opener is not None
    for _ in range(2):
        with pytest.raises(HardwareError, match="no SPI"):
            opener()
    assert drivers.gpio.in_use == []


def test_the_configuration_names_the_drivers() -> None:
    assert isinstance(open_drivers(SIMULATED), SimulatedDrivers)
    assert isinstance(open_drivers(GpioConfig(backend="real")), RealDrivers)


@pytest.mark.skipif(find_spec("spidev") is not None, reason="spidev is installed")
def test_lights_without_spidev_say_what_to_install() -> None:
    opener = open_board(LedsConfig(kind="apa102"), GpioConfig(backend="real")).open_lights
    assert opener is not None
    with pytest.raises(HardwareError, match="python3-spidev"):
        opener()
