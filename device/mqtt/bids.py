"""Asks the other speakers of the group before answering a wake word; see `device.mqtt.bid`.

Whoever is alone pays its window and no more. Without a broker a speaker answers at once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from device import events as e
from device.errors import BrokerError, CommandInvalid
from device.mqtt.bid import (
    UTTERANCE_SECONDS,
    Bid,
    Heard,
    Verdict,
    gives_way,
    judge,
    make_bid,
    read_bid,
    write_bid,
)
from device.mqtt.listeners import Handler

_LOGGER = logging.getLogger(__name__)
_MOST_SPEAKERS = 100
"""In one group; who floods it is not remembered."""


class Line(Protocol):
    """The MQTT client, as far as bids are concerned."""

    @property
    def connected(self) -> bool:
        """Whether messages reach the broker now."""
        ...

    async def publish(self, topic: str, payload: str) -> None:
        """Send a message. Raises BrokerError."""
        ...

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Call `handler` with every message."""
        ...


class Bidder:
    """An Arbiter: the speaker of the group that hears best answers."""

    def __init__(
        self,
        line: Line,
        device_id: str,
        group: str,
        window_ms: int,
        post: Callable[[e.Event], None],
    ) -> None:
        self._line = line
        self._device_id = device_id
        self._topic = f"parlor/bid/{group}"
        self._window_seconds = window_ms / 1000
        self._post = post
        self._own: Heard | None = None
        self._others: dict[str, Heard] = {}
        self._news = asyncio.Event()
        self._saying: set[asyncio.Task[None]] = set()
        self.malformed = 0
        """Messages on the group's topic that were no bids."""
        line.subscribe(self._topic, self._hear)

    async def answers(self, woken: e.WakeWordDetected) -> bool:
        """Bid, and tell whether this speaker answers."""
        bid = make_bid(self._device_id, woken, time.time())
        self._own = Heard(bid, asyncio.get_running_loop().time())
        if not self._line.connected:
            return True
        self._say(bid)
        while (verdict := self._judge()).answers is None:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(verdict.seconds):
                    await self._news.wait()
        if verdict.answers:
            self._claim()
        return verdict.answers

    def _judge(self) -> Verdict:
        """A wake word heard meanwhile has replaced the bid: both calls then share its fate."""
        assert self._own is not None
        if self._own.bid.claim or not self._line.connected:
            return Verdict(answers=True)
        now = asyncio.get_running_loop().time()
        return judge(self._own, self._others.values(), now, self._window_seconds)

    def _claim(self) -> None:
        assert self._own is not None
        if not self._own.bid.claim:
            self._own = replace(self._own, bid=replace(self._own.bid, claim=True))
            self._say(self._own.bid)

    def _say(self, bid: Bid) -> None:
        """Nobody waits for the broker's acknowledgement."""
        task = asyncio.create_task(self._publish(write_bid(bid)))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _publish(self, payload: str) -> None:
        with suppress(BrokerError):
            await self._line.publish(self._topic, payload)

    def _hear(self, _topic: str, payload: str, retained: bool) -> None:
        if retained:
            return
        try:
            bid = read_bid(payload)
        except CommandInvalid as error:
            self.malformed += 1
            _LOGGER.debug("ignored: %s", error)
            return
        if bid.device_id != self._device_id:
            self._note(Heard(bid, asyncio.get_running_loop().time()))

    def _note(self, heard: Heard) -> None:
        recent = heard.at - 2 * UTTERANCE_SECONDS
        self._others = {key: one for key, one in self._others.items() if one.at > recent}
        if len(self._others) < _MOST_SPEAKERS:
            self._others[heard.bid.device_id] = heard
            self._news.set()
        if self._own is not None and self._own.bid.claim and gives_way(self._own, heard):
            _LOGGER.info("%s hears better and answers", heard.bid.device_id)
            self._own = replace(self._own, bid=replace(self._own.bid, claim=False))
            self._post(e.BidLost())
