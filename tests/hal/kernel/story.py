"""Uses pins as Parlor does and prints what came of it, on the real package or on the simulation."""

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from device.hal.gpio import Contact, OutputPin, PwmPin, load_gpio
from device.hal.simulated.gpio import SimulatedGpio

USED = ("setmode", "setwarnings", "setup", "input", "output", "add_event_detect",
        "remove_event_detect", "PWM", "cleanup")  # fmt: skip
CONSTANTS = ("BCM", "IN", "OUT", "PUD_OFF", "PUD_UP", "PUD_DOWN", "BOTH")


def tell(gpio: Any, drive: Any) -> dict[str, Any]:
    levels: list[bool] = []
    supply, light = OutputPin(gpio, 5), PwmPin(gpio, 18)
    light.shine(0.25)
    button = Contact(gpio, 17)
    button.watch(lambda: levels.append(button.closed))
    drive(17, 0, 1)
    for part in (button, light, supply):
        part.close()
    return {
        "levels": levels,
        "constants": {name: getattr(gpio, name) for name in CONSTANTS},
        "parameters": {name: list(inspect.signature(getattr(gpio, name)).parameters)
                       for name in USED},
    }  # fmt: skip


def main(which: str) -> None:
    if which == "real":
        gpio: Any = load_gpio(Path.cwd(), "Raspberry Pi 5 Model B Rev 1.0")
        lgpio = import_module("lgpio")
        found = tell(gpio, lgpio.drive)
        found["done"] = lgpio.done
    else:
        gpio = SimulatedGpio()
        gpio.setmode(gpio.BCM)
        found = tell(gpio, gpio.drive)
        found["done"] = [(done.pin, done.what, done.value) for done in gpio.done]
    sys.stdout.write(json.dumps(found))


main(sys.argv[1])
