"""A stand-in for lgpio, the C library under rpi-lgpio: lines of a chip that is not there.

It keeps what was done to each line as (line, what, value), in the words of the simulation.
"""

from collections.abc import Callable
from typing import Any

SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 0x80, 0x20, 0x40
RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
GPIO_BUSY = -74
INPUT, OUTPUT, ALERT = 0x100, 0x200, 0x400

done: list[tuple[int, str, float]] = []
_modes: dict[int, int] = {}
_levels: dict[int, int] = {}
_callbacks: dict[int, Callable[[int, int, int, int], None]] = {}


class error(Exception):
    """What lgpio raises."""


def gpiochip_open(number: int) -> int:
    return number


def gpio_claim_input(chip: int, line: int, flags: int = 0) -> int:
    _modes[line] = INPUT | flags
    _levels[line] = int(bool(flags & SET_PULL_UP))
    done.append((line, "in", _levels[line]))
    return 0


def gpio_claim_output(chip: int, line: int, level: int = 0, flags: int = 0) -> int:
    _modes[line] = OUTPUT | flags
    _levels[line] = int(level)
    done.append((line, "out", int(level)))
    return 0


def gpio_claim_alert(chip: int, line: int, edges: int, flags: int = 0) -> int:
    assert edges == BOTH_EDGES
    _modes[line] = ALERT | flags | edges << 17
    return 0


def gpio_get_mode(chip: int, line: int) -> int:
    return _modes.get(line, 0)


def gpio_read(chip: int, line: int) -> int:
    return _levels.get(line, 0)


def gpio_write(chip: int, line: int, level: int) -> int:
    if line not in _modes:
        raise error("GPIO not allocated")
    _levels[line] = int(level)
    done.append((line, "write", int(level)))
    return 0


def gpio_free(chip: int, line: int) -> int:
    if line not in _modes:
        raise error("GPIO not allocated")
    del _modes[line]
    done.append((line, "free", 0))
    return 0


def tx_pwm(chip: int, line: int, hertz: float, duty: float, *_: int) -> int:
    if line not in _modes:
        raise error("GPIO not allocated")
    done.append((line, "duty", duty))
    return 0


def callback(chip: int, line: int, edge: int = 0, func: Any = None) -> "Watch":
    _callbacks[line] = func
    done.append((line, "watch", 0))
    return Watch(line)


class Watch:
    def __init__(self, line: int) -> None:
        self._line = line

    def cancel(self) -> None:
        done.append((self._line, "unwatch", 0))
        del _callbacks[self._line]


def drive(line: int, *levels: int) -> None:
    for level in levels:
        _levels[line] = level
        if line in _callbacks:
            _callbacks[line](0, line, level, 0)


def error_text(number: int) -> str:
    return f"error {number}"
