"""Pins that only remember: the API of RPi.GPIO, for laptops and tests.

It is stricter than the real ones: what cannot be right on a Pi raises, and everything done to a
pin is kept with the time it was done.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done to a pin."""

    pin: int
    what: str
    """in, out, write, duty, watch, unwatch or free."""
    value: float = 0.0
    """Level 0 or 1, or per cent of a duty cycle."""
    seconds: float = 0.0
    """Of the clock of the simulation."""


@dataclass(slots=True)
class _Pin:
    direction: int
    level: int
    callback: Callable[[int], None] | None = None
    pwm: "SimulatedPwm | None" = None


class SimulatedGpio:
    """Takes the place of the module RPi.GPIO."""

    BCM: int = 11
    IN: int = 1
    OUT: int = 0
    PUD_OFF: int = 20
    PUD_DOWN: int = 21
    PUD_UP: int = 22
    BOTH: int = 33

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.done: deque[Done] = deque(maxlen=_REMEMBERED)
        """The newest of what was done, the oldest first."""
        self._clock = clock
        self._mode: int | None = None
        self._pins: dict[int, _Pin] = {}

    def setwarnings(self, value: bool) -> None:
        """Do as the real one: nothing that matters here."""

    def setmode(self, mode: int) -> None:
        """Number the pins as BCM does; Parlor knows no other way."""
        if mode != self.BCM:
            raise ValueError("only BCM numbers are simulated")
        self._mode = mode

    def setup(
        self, channel: int, direction: int, pull_up_down: int = 20, initial: int | None = None
    ) -> None:
        """Take a pin. Raises RuntimeError when somebody has it already."""
        if self._mode is None:
            raise RuntimeError("setmode comes first")
        if not 0 <= channel <= 27:
            raise ValueError(f"there is no pin {channel}")
        if channel in self._pins:
            raise RuntimeError(f"pin {channel} is in use already")
        if direction == self.OUT and pull_up_down != self.PUD_OFF:
            raise ValueError("an output pulls no resistor")
        if direction == self.IN and initial is not None:
            raise ValueError("an input has no initial level")
        level = int(pull_up_down == self.PUD_UP) if direction == self.IN else int(initial or 0)
        self._pins[channel] = _Pin(direction, level)
        self.record(channel, "out" if direction == self.OUT else "in", level)

    def input(self, channel: int) -> int:
        """Read a pin."""
        return self._pin(channel).level

    def output(self, channel: int, value: int) -> None:
        """Set an output. Raises RuntimeError for an input."""
        self._output(channel).level = int(value)
        self.record(channel, "write", int(value))

    def add_event_detect(
        self, channel: int, edge: int, callback: Callable[[int], None] | None = None,
        bouncetime: int | None = None,
    ) -> None:  # fmt: skip
        """Watch an input for both edges. Raises RuntimeError when it is watched already."""
        pin = self._pin(channel)
        if pin.direction != self.IN or pin.callback is not None:
            raise RuntimeError(f"pin {channel} is no input, or is watched already")
        if edge != self.BOTH or bouncetime is not None:
            raise ValueError("only both edges are simulated, with their bounces")
        pin.callback = callback
        self.record(channel, "watch")

    def remove_event_detect(self, channel: int) -> None:
        """Watch no more."""
        self._pin(channel).callback = None
        self.record(channel, "unwatch")

    def PWM(self, channel: int, frequency: float) -> "SimulatedPwm":
        """Switch an output fast. Raises RuntimeError when that is done already."""
        pin = self._output(channel)
        if pin.pwm is not None:
            raise RuntimeError(f"pin {channel} has a PWM already")
        if frequency <= 0:
            raise ValueError("the frequency must be above 0")
        pin.pwm = SimulatedPwm(self, channel)
        return pin.pwm

    def cleanup(self, channel: int) -> None:
        """Let a pin go."""
        self._pin(channel)
        del self._pins[channel]
        self.record(channel, "free")

    def drive(self, channel: int, *levels: int) -> None:
        """Be what is wired to an input: let it go through these levels; tells of each edge."""
        pin = self._pin(channel)
        for level in levels:
            changed, pin.level = pin.level != level, level
            if changed and pin.callback is not None:
                pin.callback(channel)

    def record(self, channel: int, what: str, value: float = 0.0) -> None:
        """Remember something that is done to a pin."""
        self.done.append(Done(channel, what, value, self._clock()))

    def of(self, channel: int, what: str) -> list[Done]:
        """Everything of one kind that was done to one pin."""
        return [done for done in self.done if (done.pin, done.what) == (channel, what)]

    @property
    def in_use(self) -> list[int]:
        """Pins that somebody has."""
        return sorted(self._pins)

    def _pin(self, channel: int) -> _Pin:
        if channel not in self._pins:
            raise RuntimeError(f"pin {channel} must be set up first")
        return self._pins[channel]

    def _output(self, channel: int) -> _Pin:
        pin = self._pin(channel)
        if pin.direction != self.OUT:
            raise RuntimeError(f"pin {channel} is no output")
        return pin


class SimulatedPwm:
    """A pin that is on for a share of the time."""

    def __init__(self, gpio: SimulatedGpio, channel: int) -> None:
        self._gpio = gpio
        self._channel = channel
        self._running = False

    def start(self, dc: float) -> None:
        """Begin."""
        self._running = True
        self._change(dc)

    def ChangeDutyCycle(self, dc: float) -> None:
        """Be on for another share of the time. Raises RuntimeError before `start`."""
        self._change(dc)

    def stop(self) -> None:
        """Turn the pin off."""
        self._change(0.0)
        self._running = False

    def _change(self, dc: float) -> None:
        if not self._running:
            raise RuntimeError(f"the PWM of pin {self._channel} does not run")
        if not 0.0 <= dc <= 100.0:
            raise ValueError(f"{dc} is no duty cycle")
        self._gpio.record(self._channel, "duty", dc)
