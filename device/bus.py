"""Tells everybody what happened. Nothing is commanded over it.

Each subscriber has a bounded queue of its own; a slow one loses its oldest events, counted, and
delays nobody.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from device.events import Event


class Subscription:
    """One subscriber's view: iterate over it, close it when done."""

    def __init__(self, size: int) -> None:
        self._events: deque[Event] = deque(maxlen=size)
        self._ready = asyncio.Event()
        self._closed = False
        self.dropped = 0
        """Events lost because the subscriber was too slow."""

    @property
    def closed(self) -> bool:
        """Whether nothing more comes."""
        return self._closed

    def put(self, event: Event) -> None:
        """Hand over an event; never waits. Nobody takes it once this is closed."""
        if self._closed:
            return
        self.dropped += len(self._events) == self._events.maxlen
        self._events.append(event)
        self._ready.set()

    def close(self) -> None:
        """End the iteration once everything handed over was read."""
        self._closed = True
        self._ready.set()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            while self._events:
                yield self._events.popleft()
            if self._closed:
                return
            self._ready.clear()
            await self._ready.wait()


class Bus:
    """Fans events out."""

    def __init__(self, seconds: Callable[[], float] = lambda: 0.0) -> None:
        """`seconds` of captured audio so far: the `at` of events that have none."""
        self._seconds = seconds
        self._subscriptions: list[Subscription] = []

    def subscribe(self, size: int = 1_000) -> Subscription:
        """A queue that gets every event told from now on."""
        subscription = Subscription(size)
        self._subscriptions = [one for one in self._subscriptions if not one.closed]
        self._subscriptions.append(subscription)
        return subscription

    def tell(self, event: Event) -> None:
        """Hand an event to all subscribers."""
        if not event.at:
            event = replace(event, at=self._seconds())
        for subscription in self._subscriptions:
            subscription.put(event)

    def close(self) -> None:
        """End every subscription."""
        for subscription in self._subscriptions:
            subscription.close()
