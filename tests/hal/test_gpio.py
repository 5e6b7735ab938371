import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.errors import HardwareError
from device.hal.gpio import Contact, OutputPin, PwmPin, board_model, load_gpio
from device.hal.led import RgbLed, SingleLed
from device.hal.simulated.gpio import SimulatedGpio


@pytest.fixture
def gpio() -> SimulatedGpio:
    gpio = SimulatedGpio()
    gpio.setmode(gpio.BCM)
    return gpio


def test_a_single_light_is_as_bright_as_its_color(gpio: SimulatedGpio) -> None:
    led = SingleLed(gpio, 18, brightness=0.5)
    led.show(((0, 255, 10),))
    led.show(((0, 0, 0),))
    led.close()
    assert [done.value for done in gpio.of(18, "duty")] == [0, 50, 0, 0]
    assert gpio.in_use == []


def test_a_light_of_three_colors_mixes_them(gpio: SimulatedGpio) -> None:
    led = RgbLed(gpio, (17, 27, 22), brightness=1.0)
    led.show(((255, 51, 0),))
    assert [gpio.of(pin, "duty")[-1].value for pin in (17, 27, 22)] == [100, 20, 0]
    led.close()
    assert gpio.in_use == []


def test_a_light_that_cannot_have_all_its_pins_keeps_none(gpio: SimulatedGpio) -> None:
    button = Contact(gpio, 22)
    with pytest.raises(HardwareError, match="pin 22"):
        RgbLed(gpio, (17, 27, 22), brightness=1.0)
    assert gpio.in_use == [22]
    button.close()


def test_a_button_to_ground_is_open_until_it_is_pressed(gpio: SimulatedGpio) -> None:
    button, levels = Contact(gpio, 4), []
    button.watch(lambda: levels.append(button.closed))
    assert not button.closed
    gpio.drive(4, 0, 1, 1, 0)
    assert levels == [True, False, True]
    button.close()
    assert gpio.in_use == []


def test_a_button_to_the_supply_works_the_other_way(gpio: SimulatedGpio) -> None:
    button = Contact(gpio, 4, active_low=False)
    assert not button.closed
    gpio.drive(4, 1)
    assert button.closed


def test_everything_done_to_a_pin_is_kept_with_its_time() -> None:
    now = iter(range(100))
    gpio = SimulatedGpio(clock=lambda: float(next(now)))
    gpio.setmode(gpio.BCM)
    OutputPin(gpio, 5).close()
    assert [(done.what, done.value, done.seconds) for done in gpio.done] == [
        ("out", 1, 0), ("write", 0, 1), ("free", 0, 2),
    ]  # fmt: skip


def test_the_simulation_refuses_what_cannot_be_right(gpio: SimulatedGpio) -> None:
    Contact(gpio, 4).watch(lambda: None)
    light = PwmPin(gpio, 5)
    with pytest.raises(RuntimeError, match="no output"):
        gpio.output(4, 1)
    with pytest.raises(RuntimeError, match="set up first"):
        gpio.output(6, 1)
    with pytest.raises(RuntimeError, match="in use"):
        gpio.setup(4, gpio.OUT)
    with pytest.raises(RuntimeError, match="watched already"):
        gpio.add_event_detect(4, gpio.BOTH, callback=print)
    with pytest.raises(RuntimeError, match="PWM already"):
        gpio.PWM(5, 100)
    with pytest.raises(RuntimeError, match="does not run"):
        gpio.PWM(_output(gpio, 7), 100).ChangeDutyCycle(1)
    with pytest.raises(ValueError, match="duty cycle"):
        gpio.PWM(_output(gpio, 8), 100).start(101)
    with pytest.raises(ValueError, match="no pin 28"):
        gpio.setup(28, gpio.IN)
    with pytest.raises(ValueError, match="BCM"):
        gpio.setmode(10)
    light.close()
    with pytest.raises(HardwareError, match="set up first"):
        OutputPin.close(_forgotten(gpio, 9))


def _output(gpio: SimulatedGpio, pin: int) -> int:
    gpio.setup(pin, gpio.OUT)
    return pin


def _forgotten(gpio: SimulatedGpio, pin: int) -> OutputPin:
    output = OutputPin(gpio, pin)
    gpio.cleanup(pin)
    return output


def test_pins_are_numbered_before_they_are_used() -> None:
    with pytest.raises(HardwareError, match="setmode"):
        Contact(SimulatedGpio(), 4)


@pytest.mark.skipif(bool(board_model()), reason="on a Pi the pins can be had")
@pytest.mark.parametrize(
    ("model", "advice"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0", "install rpi-lgpio, and not both"),
        ("Raspberry Pi 4 Model B Rev 1.4", "install rpi-lgpio or RPi.GPIO"),
    ],
)
def test_pins_that_cannot_be_had_say_what_to_do(model: str, advice: str, tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=advice):
        load_gpio(tmp_path / "run", model)


@pytest.fixture
def old_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module RPi.GPIO that has what RPi.GPIO has and rpi-lgpio has not."""
    (tmp_path / "RPi").mkdir()
    for name in ("__init__", "_GPIO", "GPIO"):
        (tmp_path / "RPi" / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    _forget()
    yield
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "RPi"]:
        del sys.modules[name]


@pytest.mark.usefixtures("old_package")
def test_the_old_package_is_refused_where_it_cannot_work(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="cannot use the pins of this Raspberry Pi 5"):
        load_gpio(tmp_path / "run", "Raspberry Pi 5 Model B Rev 1.0")


@pytest.mark.usefixtures("old_package")
def test_a_package_that_is_none_is_a_failure_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="cannot be used"):
        load_gpio(tmp_path / "run", "Raspberry Pi 4 Model B Rev 1.4")


def test_the_working_directory_stays_what_it_was(tmp_path: Path) -> None:
    """lgpio changes it as it is imported, which it is once in a process."""
    program = (
        "import os, pathlib\n"
        "from device.errors import HardwareError\n"
        "from device.hal.gpio import load_gpio\n"
        "before = os.getcwd()\n"
        "try:\n"
        f"    load_gpio(pathlib.Path({str(tmp_path / 'run')!r}), 'Raspberry Pi 4')\n"
        "except HardwareError:\n"
        "    pass\n"
        "assert os.getcwd() == before, os.getcwd()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])
