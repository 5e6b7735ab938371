"""Everybody who is spoken with where there is no room: what rings, rings with each of them."""

from asyncio import Queue, create_task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from device import events as e
from device.bus import Bus
from device.config import ConversationEngine
from device.guests import Guest, Guests
from device.hal.base import Microphone, Speaker
from device.tasks import end


class Company:
    """Passes on what a room's session would be told."""

    def __init__(self, guests: Guests, inbox: "Queue[e.Event]", bus: Bus) -> None:
        self._guests = guests
        self._inbox = inbox
        self._bus = bus
        self._present: list[Guest] = []
        self._ringing: set[str] = set()

    @asynccontextmanager
    async def welcome(
        self, microphone: Microphone, speaker: Speaker, engine: ConversationEngine = "local"
    ) -> AsyncIterator[Guest]:
        """One more, for as long as the block lasts. Raises ConfigError and EngineMissing."""
        async with self._guests.welcome(microphone, speaker, engine) as guest:
            self._present.append(guest)
            watching = create_task(self._watch(guest))
            try:
                yield guest
            finally:
                self._present.remove(guest)
                self._hush_empty_house()
                await end(watching)

    async def run(self) -> None:
        """Pass on until cancelled."""
        while True:
            event = await self._inbox.get()
            if isinstance(event, e.TimerDue):
                self._ringing.add(event.timer_id)
            self._post(event)
            self._hush_empty_house()

    async def _watch(self, guest: Guest) -> None:
        async for event in guest.subscribe():
            if isinstance(event, e.RingingEnded):
                self._end(event)

    def _hush_empty_house(self) -> None:
        """What rings while nobody is there is over: whoever comes later is not startled."""
        for timer_id in () if self._present else tuple(self._ringing):
            self._end(e.RingingEnded(timer_id=timer_id))

    def _end(self, ended: e.RingingEnded) -> None:
        """Who stops it, or lets it ring again, does so for all."""
        if ended.timer_id not in self._ringing:
            return
        self._ringing.remove(ended.timer_id)
        self._bus.tell(ended)
        self._post(e.TimerCancelled(id=ended.timer_id))

    def _post(self, event: e.Event) -> None:
        for guest in self._present:
            guest.post(event)
