"""Gives things up while the computer is overburdened, and takes them back."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from device import events as e
from device.bus import Subscription
from device.care.degradation import Heat, Ladder, heat, is_late
from device.config import CareConfig
from device.errors import DeviceError
from device.hal.thermal import read_celsius, read_throttled

_LOGGER = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 10.0


class Spares(Protocol):
    """Can do with less."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of what can be given up, the first first."""
        ...

    async def spare(self, given_up: tuple[str, ...]) -> None:
        """Do without these from now on, and with all the others again. Raises DeviceError."""
        ...


@dataclass(frozen=True, slots=True)
class Computer:
    """What is measured of it."""

    celsius: Callable[[], float | None] = read_celsius
    throttled: Callable[[], bool] = read_throttled


class Overload:
    """Follows turns and temperature."""

    def __init__(
        self, config: CareConfig, spares: Spares, events: Subscription,
        tell: Callable[[e.Event], None], computer: Computer | None = None,
    ) -> None:  # fmt: skip
        self._config = config
        self._spares = spares
        self._events = events
        self._tell = tell
        self._computer = computer or Computer()
        self._ladder = Ladder(len(spares.steps))
        self._applied = 0
        self._resting = True
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Keep the speaker quick until the bus closes."""
        if not self._config.degrade or not self._spares.steps:
            return
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look())
            await self._follow()
            looking.cancel()

    async def _follow(self) -> None:
        now, missed = asyncio.get_running_loop().time, False
        async for event in self._events:
            match event:
                case e.StateChanged(new=state):
                    self._resting = state is e.TurnState.IDLE
                case e.BudgetMissed(stages=stages):
                    missed = is_late(stages)
                case e.TurnsMeasured():
                    # Told after every turn, and after what it missed.
                    self._ladder = self._ladder.turn(missed, now())
                    missed = False
            await self._apply()

    async def _look(self) -> None:
        while True:
            self._ladder = self._ladder.feel(self._heat(), asyncio.get_running_loop().time())
            await self._apply()
            await asyncio.sleep(_LOOK_SECONDS)

    def _heat(self) -> Heat:
        hot, cool = self._config.hot_celsius, self._config.cool_celsius
        return heat(self._computer.celsius(), self._computer.throttled(), hot, cool)

    async def _apply(self) -> None:
        """Make the ladder's level true between two turns; in a turn engines are in use."""
        async with self._one_at_a_time:
            if self._resting and self._applied != self._ladder.level:
                await self._exchange(self._ladder.level, self._ladder.reason)

    async def _exchange(self, level: int, reason: str) -> None:
        self._applied, given_up = level, self._spares.steps[:level]
        try:
            await self._spares.spare(given_up)
        except DeviceError as error:
            _LOGGER.warning("cannot do without %s [%s]: %s", given_up, error.code, error)
            return
        _LOGGER.warning("does without %s (%s)", ", ".join(given_up) or "nothing", reason)
        self._tell(e.DegradationChanged(level=level, reason=reason, given_up=given_up))
