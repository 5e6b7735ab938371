"""Keeps what the speaker knows of the home as it is: things appear, are renamed, disappear.

Announcements are gathered until it is quiet, then everything that follows from them is computed
off the audio path and handed on: devices to the home, names to the agent and the recogniser.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

from device import clock
from device import events as e
from device.bus import Bus, Subscription
from device.errors import BrokerError, EngineError
from device.executor import Executor
from device.home.base import Device
from device.home.home import Home
from device.home.kept import KeptHome
from device.home.learned import Learned, Messages
from device.home.zigbee2mqtt import MAXIMUM_LIST
from device.types import Entity

_LOGGER = logging.getLogger(__name__)
QUIET_SECONDS: Final = 1.0
"""Announcements that follow each other closer than this are learned together."""
GATHER_SECONDS: Final = 5.0
"""So long at most."""
FORGET_SECONDS: Final = 600.0
"""What the broker had kept, and has not for so long after a connect, is gone."""
_MAXIMUM_NEWS: Final = 10_000
"""Messages that may wait to be learned; what comes beyond is dropped."""
_EARLY_SECONDS: Final = 30.0
"""What the broker keeps may be heard so long before the connect is."""

Handler = Callable[[str, str, bool], None]


class Line(Protocol):
    """The line to the broker."""

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Call `handler` with topic, payload and retained flag of every message from now on."""
        ...

    def unsubscribe(self, topic_filter: str) -> None:
        """Hear nothing of a filter any more."""
        ...


class Agent(Protocol):
    """Whoever understands sentences about the home."""

    def adopt(self, entities: Sequence[Entity]) -> None:
        """Know these names from now on; takes its time, and may be called in any thread."""
        ...


class Household:
    """Run it beside the session; a broker that is away delays nothing."""

    def __init__(
        self, line: Line, learned: Learned, kept: KeptHome, home: Home, agent: Agent,
        adopt: Callable[[], Awaitable[None]], bus: Bus, executor: Executor,
    ) -> None:  # fmt: skip
        """`learned` has taken what is `kept`, and `home` and `agent` know its devices.

        `adopt` is called whenever the agent knows new names: let others learn them from it.
        """
        self._line = line
        self._learned = learned
        self._kept = kept
        self._home = home
        self._agent = agent
        self._adopt = adopt
        self._bus = bus
        self._executor = executor
        self._told: Subscription = bus.subscribe()
        self._news: Messages = {}
        self._arrived = asyncio.Event()
        self._settled = asyncio.Event()
        self._seen_retained = dict.fromkeys(kept.retained, -math.inf)
        """Loop time at which the broker delivered what it keeps, by topic."""
        self._followed: set[str] = set()

    async def run(self) -> None:
        """Follow states and announcements until cancelled."""
        self._follow()
        for topic_filter in self._learned.filters:
            self._line.subscribe(topic_filter, self._hear)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forget_gone())
            while True:
                await self._arrived.wait()
                news = await self._gathered()
                try:
                    await self._learn(news)
                except Exception:
                    # A home that cannot be learned must not silence the speaker.
                    _LOGGER.exception("what was announced could not be learned")
                if not self._news:
                    self._settled.set()

    async def settle(self, seconds: float = 0.5) -> None:
        """Wait `seconds` for announcements, and until those that came are learned."""
        with suppress(TimeoutError), clock.hold(seconds):
            await asyncio.wait_for(self._arrived.wait(), seconds)
        if self._news:
            await self._settled.wait()

    def _hear(self, topic: str, payload: str, retained: bool) -> None:
        too_many = len(self._news) >= _MAXIMUM_NEWS and topic not in self._news
        if too_many or len(payload) > MAXIMUM_LIST:
            _LOGGER.warning("too much is announced at once; %s is dropped", topic)
            return
        if retained:
            self._seen_retained[topic] = asyncio.get_running_loop().time()
        self._news[topic] = payload
        self._settled.clear()
        self._arrived.set()

    def _follow(self) -> None:
        """Listen where the home reports, and nowhere else."""
        # Unsubscribing from one of the lists would end the learning.
        topics = self._home.topics - set(self._learned.filters)
        for topic in self._followed - topics:
            self._line.unsubscribe(topic)
        for topic in topics - self._followed:
            with suppress(BrokerError):
                self._line.subscribe(topic, self._note)
        self._followed = set(topics)

    def _note(self, topic: str, payload: str, _retained: bool) -> None:
        self._home.note(topic, payload)

    async def _gathered(self) -> Messages:
        """Announcements up to the first quiet moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                while self._arrived.is_set():
                    self._arrived.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._arrived.wait(), QUIET_SECONDS)
        self._arrived.clear()
        news, self._news = self._news, {}
        return news

    async def _learn(self, news: Messages) -> None:
        known = self._home.devices
        devices = await self._executor.run(partial(self._devices_after, news, known))
        if devices is not known:
            self._home.replace(devices)
            self._follow()
            await self._executor.run(partial(self._agent.adopt, self._home.entities))
            await self._adopt_elsewhere()
        messages = self._learned.messages
        retained = self._seen_retained.keys() & messages.keys()
        await self._executor.run(partial(self._kept.keep, messages, retained))
        if devices is not known:
            self._bus.tell(e.HomeChanged(entities=len(devices)))

    def _devices_after(self, news: Messages, known: tuple[Device, ...]) -> tuple[Device, ...]:
        self._learned.take(news)
        devices = self._learned.devices()
        return known if devices == known else devices

    async def _adopt_elsewhere(self) -> None:
        try:
            await self._adopt()
        except EngineError as error:
            _LOGGER.warning("new names cannot be recognised [%s]: %s", error.code, error)

    async def _forget_gone(self) -> None:
        """After a connect, take back what the broker keeps no more: its end was missed.

        Time is given generously: a broker that came back empty gets everything announced again.
        """
        timer: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        async for event in self._told:
            if isinstance(event, e.HealthChanged) and event.part == "broker" and event.healthy:
                if timer is not None:
                    timer.cancel()
                timer = loop.call_later(FORGET_SECONDS, self._forget, loop.time())

    def _forget(self, connected_at: float) -> None:
        since = connected_at - _EARLY_SECONDS
        for topic in [topic for topic, seen in self._seen_retained.items() if seen < since]:
            del self._seen_retained[topic]
            self._hear(topic, "", False)
