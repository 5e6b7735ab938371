"""Carries out actions: subscribe to the state, publish the command, wait for the state."""

import asyncio
import logging
from typing import Final

from device import clock
from device.errors import BrokerError
from device.home.base import CommandPort, Confirmation
from device.home.states import confirms
from device.types import Action, Outcome

_LOGGER = logging.getLogger(__name__)
HOLD_SECONDS: Final = 0.3
"""Real time that virtual time stands still for a broker's answer."""


class Actuator:
    """Sends commands to the home."""

    def __init__(
        self,
        port: CommandPort,
        confirm_seconds: float = 5.0,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        """`hold_seconds`: 0 for a simulated home, which answers in loop time."""
        self._port = port
        self._confirm_seconds = confirm_seconds
        self._hold_seconds = hold_seconds
        self._open: set[asyncio.Task[Outcome]] = set()

    async def start(self, action: Action) -> Confirmation:
        """Send one command; how it went is asked of the Confirmation. Never raises BrokerError."""
        task = asyncio.create_task(self.perform(action), name=f"{action.entity} {action.service}")
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        return Confirmation(action, task)

    async def perform(self, action: Action) -> Outcome:
        """Send one command and wait until it is confirmed, refused or has taken too long."""
        try:
            with clock.hold(self._hold_seconds):
                return await self._send(action)
        except BrokerError as error:
            _LOGGER.warning("%s %s was not sent: %s", action.entity, action.service, error)
            return Outcome.FAILED
        except TimeoutError:
            _LOGGER.warning("%s %s was not confirmed", action.entity, action.service)
            return Outcome.UNCONFIRMED

    async def close(self) -> None:
        """Give up what is still unconfirmed; idempotent."""
        tasks = tuple(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, action: Action) -> Outcome:
        if not action.state_topic:
            async with asyncio.timeout(self._confirm_seconds):
                await self._port.publish(action.topic, action.payload)
            return Outcome.SENT
        async with (
            asyncio.timeout(self._confirm_seconds),
            self._port.watch(action.state_topic) as payloads,
        ):
            await self._port.publish(action.topic, action.payload)
            async for payload in payloads:
                if confirms(action, payload):
                    return Outcome.CONFIRMED
        return Outcome.UNCONFIRMED
