"""Keeps the speaker announced to Home Assistant.

What was announced before, by another version or configuration, stands in our own retained message;
components that are gone since are removed first. When Home Assistant starts, it is told again.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from device.mqtt import discovery
from device.mqtt.line import Line
from device.mqtt.topics import to_json

_LOGGER = logging.getLogger(__name__)

MAX_DELAY_SECONDS: Final = 5.0
"""Over so long the speakers of a house spread their answers to a Home Assistant that starts."""

_LEARN_SECONDS: Final = 1.0
"""How long the broker may take to say what was announced before."""
_PAUSE_SECONDS: Final = 2.0
"""Home Assistant loses what follows an announcement that it still works on."""


class HomeAssistant:
    """Make it before the client runs: its first connection then brings what was announced."""

    def __init__(
        self,
        client: Line,
        prefix: str,
        topic: str,
        config: dict[str, Any] | None,
        again: Callable[[], Awaitable[None]],
        luck: Callable[[], float] = random.random,
    ) -> None:
        """`topic` is that of the announcement, `config` what it says; None takes it back.

        `again` reports every state once more; `luck`, 0 to 1, is the share of the longest delay.
        """
        self._client = client
        self._topic = topic
        self._config = config
        self._again = again
        self._luck = luck
        self._gone: dict[str, str] = {}
        self._born = False
        self._learned = asyncio.Event()
        self._due = asyncio.Event()
        client.subscribe(topic, self._remember)
        if config is not None:
            client.subscribe(f"{prefix}/status", self._birth)

    async def run(self) -> None:
        """Announce, and announce again whenever that is due, until cancelled."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEARN_SECONDS):
                await self._learned.wait()
        await self._announce()
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._due.wait()
            if self._born:
                await asyncio.sleep(self._luck() * MAX_DELAY_SECONDS)
            born, self._born = self._born, False
            self._due.clear()
            if born or self._gone:
                await self._announce()
            if born:
                await self._again()

    async def _announce(self) -> None:
        gone, self._gone = self._gone, {}
        if gone:
            _LOGGER.info("no longer announced: %s", ", ".join(gone))
        if self._config is None:
            if gone:
                await self._client.report(self._topic, "")
            return
        if gone:
            removal = discovery.removal(gone, self._config)
            await self._client.report(self._topic, to_json(removal))
            await asyncio.sleep(_PAUSE_SECONDS)
        await self._client.report(self._topic, to_json(self._config))

    def _remember(self, _topic: str, payload: str, retained: bool) -> None:
        if not retained:
            return
        known = discovery.known_components(payload)
        self._gone |= discovery.gone_components(known, self._config or {"components": {}})
        self._learned.set()
        self._due.set()

    def _birth(self, _topic: str, payload: str, retained: bool) -> None:
        if payload == "online" and not retained:
            self._born = True
            self._due.set()
