"""The GPIO pins of a Raspberry Pi, through the API of RPi.GPIO, by BCM number.

Two packages have that API under the same name: RPi.GPIO for a Pi 4 and older, rpi-lgpio for every
Pi, and the only one for a Pi 5. Neither loads on another machine, so both are imported late.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol, cast

from device.errors import HardwareError

PWM_HERTZ: Final = 200.0
"""Fast enough that no eye sees it, slow enough for pins that software switches."""

_MODEL: Final = Path("/proc/device-tree/model")


class Pwm(Protocol):
    """A pin that is on for a share of the time."""

    def start(self, dc: float, /) -> None:
        """Begin; `dc` is the time it is on, 0 to 100 per cent."""
        ...

    def ChangeDutyCycle(self, dc: float, /) -> None:
        """Be on for another share of the time, 0 to 100 per cent."""
        ...

    def stop(self) -> None:
        """Turn the pin off."""
        ...


class RpiGpio(Protocol):
    """What Parlor uses of the module RPi.GPIO."""

    BCM: int
    IN: int
    OUT: int
    PUD_UP: int
    PUD_DOWN: int
    BOTH: int

    def setwarnings(self, value: bool, /) -> None:
        """Say whether to warn of pins in use."""
        ...

    def setmode(self, mode: int, /) -> None:
        """Say how pins are numbered."""
        ...

    def setup(
        self, channel: int, direction: int, pull_up_down: int = ..., initial: int | None = ...
    ) -> None:
        """Make a pin an input or an output."""
        ...

    def input(self, channel: int, /) -> int:
        """Read a pin."""
        ...

    def output(self, channel: int, value: int, /) -> None:
        """Set a pin."""
        ...

    def add_event_detect(self, channel: int, edge: int, callback: Callable[[int], None]) -> None:
        """Call back, in a thread of the module, when the pin changes."""
        ...

    def remove_event_detect(self, channel: int, /) -> None:
        """Call back no more."""
        ...

    def PWM(self, channel: int, frequency: float, /) -> Pwm:
        """Switch an output so many times a second."""
        ...

    def cleanup(self, channel: int, /) -> None:
        """Let go of a pin."""
        ...


def board_model() -> str:
    """What the Pi calls itself, e.g. "Raspberry Pi 5 Model B Rev 1.0"; empty: this is none."""
    try:
        model = _MODEL.read_text(encoding="utf-8").rstrip("\0")
    except (OSError, UnicodeDecodeError):
        return ""
    return model if model.startswith("Raspberry Pi") else ""


def load_gpio(folder: Path, model: str) -> RpiGpio:
    """Import RPi.GPIO for the Pi that calls itself `model`. Raises HardwareError.

    lgpio makes a pipe in its working directory as it is imported; `folder` is where it may.
    """
    os.environ.setdefault("LG_WD", str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with chdir(Path.cwd()):  # lgpio goes there and does not come back
            module = None if "Pi 5" in model and _is_old() else import_module("RPi.GPIO")
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        # AttributeError: where lgpio has no wheel, pip installs an empty package of that name.
        raise HardwareError(f"the pins cannot be used ({error}); {_install(model)}") from error
    if module is None:
        raise HardwareError(f"RPi.GPIO cannot use the pins of this {model}; {_install(model)}")
    gpio = cast("RpiGpio", module)
    with failing("the pins"):
        gpio.setwarnings(False)
        gpio.setmode(gpio.BCM)
    return gpio


@contextmanager
def failing(what: str, advice: str = "") -> Iterator[None]:
    """Turn whatever a driver raises inside the block into HardwareError; `advice` comes first."""
    try:
        yield
    except Exception as error:  # lgpio.error, which only a Pi can name, has no other base
        raise HardwareError(
            f"{what} cannot be used ({error}); {advice}see that the pins in [leds] and [gpio] are "
            "right, that no other program uses them, and that this user is in the groups gpio "
            "and spi"
        ) from error


class OutputPin:
    """A pin that is on until it is closed, e.g. what powers the lights of a board."""

    def __init__(self, gpio: RpiGpio, pin: int) -> None:
        self._gpio = gpio
        self._pin = pin
        with failing(f"pin {pin}"):
            gpio.setup(pin, gpio.OUT, initial=1)

    def close(self) -> None:
        """Turn it off and let it go."""
        with failing(f"pin {self._pin}"):
            self._gpio.output(self._pin, 0)
            self._gpio.cleanup(self._pin)


class PwmPin:
    """A pin with a light on it."""

    def __init__(self, gpio: RpiGpio, pin: int) -> None:
        self._gpio = gpio
        self._pin = pin
        with failing(f"pin {pin}"):
            gpio.setup(pin, gpio.OUT, initial=0)
            self._pwm = gpio.PWM(pin, PWM_HERTZ)
            self._pwm.start(0)

    def shine(self, share: float) -> None:
        """Be on for this share of the time, 0 to 1."""
        with failing(f"pin {self._pin}"):
            self._pwm.ChangeDutyCycle(100 * share)

    def close(self) -> None:
        """Turn it off and let it go."""
        with failing(f"pin {self._pin}"):
            self._pwm.stop()
            del self._pwm  # which ends it once more, and must not do so to a pin let go of
            self._gpio.cleanup(self._pin)


class Contact:
    """A pin with a button or a switch on it."""

    def __init__(self, gpio: RpiGpio, pin: int, *, active_low: bool = True) -> None:
        self._gpio = gpio
        self._pin = pin
        self._closed_level = 0 if active_low else 1
        with failing(f"pin {pin}"):
            gpio.setup(pin, gpio.IN, pull_up_down=gpio.PUD_UP if active_low else gpio.PUD_DOWN)

    @property
    def closed(self) -> bool:
        """Whether it is pressed, or switched on."""
        with failing(f"pin {self._pin}"):
            return self._gpio.input(self._pin) == self._closed_level

    def watch(self, on_edge: Callable[[], None]) -> None:
        """Call back at every edge, bounces included, in a thread of the driver."""
        with failing(f"pin {self._pin}"):
            self._gpio.add_event_detect(self._pin, self._gpio.BOTH, callback=lambda _: on_edge())

    def close(self) -> None:
        """Watch no more and let the pin go."""
        with failing(f"pin {self._pin}"):
            self._gpio.remove_event_detect(self._pin)
            self._gpio.cleanup(self._pin)


def _is_old() -> bool:
    """Whether the package installed is RPi.GPIO: rpi-lgpio has no C in it."""
    return find_spec("RPi._GPIO") is not None


def _install(model: str) -> str:
    package = "rpi-lgpio" if "Pi 5" in model else "rpi-lgpio or RPi.GPIO"
    return (
        f"install {package}, and not both: apt install python3-rpi-lgpio, "
        "or with pip rpi-lgpio and lgpio>=0.2.2"
    )
