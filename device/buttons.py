"""Fingers: tells how the button is pressed and how the mute switch stands.

A single press moves the turn, a triple press says that the last wake word was none, and every
gesture is told as well, for whoever makes something of it. That the switch wins over software is
the business of the turn table.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from device import events as e
from device.errors import HardwareError
from device.hal.gestures import Button, Debounced, Gesture
from device.hal.gpio import Contact
from device.hal.thread import tell

_LOGGER = logging.getLogger(__name__)

Post = Callable[[e.Event], None]

_WAITING_EDGES: Final = 100
"""A wire that hums makes thousands a second; no finger does more than this before it is read."""


class Edges:
    """Edges of one contact: they come in the driver's thread and are read in the loop's."""

    def __init__(self, contact: Contact) -> None:
        """Watch it from now on, in a running loop. Raises HardwareError."""
        self._contact = contact
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bool, float]] = deque(maxlen=_WAITING_EDGES)
        self._arrived = asyncio.Event()
        self._told = False
        contact.watch(self._note)

    async def next(self, due: float | None) -> list[tuple[bool, float]]:
        """Wait for edges until `due` at the latest: whether each closed it, and when."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._arrived.wait()
        self._arrived.clear()
        self._told = False
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _note(self) -> None:
        with suppress(HardwareError):
            self._waiting.append((self._contact.closed, self._loop.time()))
            if not self._told:
                self._told = True
                tell(self._loop, self._arrived.set)


class Buttons:
    """Watches the contacts of a board, and closes them in the end."""

    def __init__(
        self, post: Post, button: Contact | None, mute_switch: Contact | None,
        debounce_seconds: float,
    ) -> None:  # fmt: skip
        """`post` takes what happens, in the loop's thread."""
        self._post = post
        self._button = button
        self._mute_switch = mute_switch
        self._debounce_seconds = debounce_seconds

    async def run(self) -> None:
        """Tell of presses and switching until cancelled; a contact that fails is told of."""
        async with asyncio.TaskGroup() as group:
            if self._button is not None:
                group.create_task(self._watch_button(self._button))
            if self._mute_switch is not None:
                group.create_task(self._watch_switch(self._mute_switch))

    async def _watch_button(self, contact: Contact) -> None:
        with self._kept(contact):
            edges, button = Edges(contact), Button(self._debounce_seconds)
            while True:
                gestures = []
                for closed, at in await edges.next(button.due):
                    gestures += button.edge(closed, at)
                gestures += button.advance(asyncio.get_running_loop().time())
                for gesture in gestures:
                    self._tell(gesture)

    def _tell(self, gesture: Gesture) -> None:
        self._post(e.ButtonGestured(gesture=gesture))
        if gesture is Gesture.SINGLE_PRESS:
            self._post(e.ButtonPressed())
        elif gesture is Gesture.TRIPLE_PRESS:
            self._post(e.FalseWakeReported(by="button"))

    async def _watch_switch(self, contact: Contact) -> None:
        with self._kept(contact):
            edges = Edges(contact)
            switch = Debounced(self._debounce_seconds, contact.closed)
            # An open switch is no news: people may have muted the speaker otherwise.
            if switch.closed:
                self._post(e.MuteChanged(muted=True, by_switch=True))
            while True:
                told = switch.closed
                for closed, at in await edges.next(switch.due):
                    switch.settle(at)
                    switch.edge(closed, at)
                switch.settle(asyncio.get_running_loop().time())
                if switch.closed != told:
                    self._post(e.MuteChanged(muted=switch.closed, by_switch=True))

    @contextmanager
    def _kept(self, contact: Contact) -> Iterator[None]:
        try:
            yield
        except HardwareError as error:
            _LOGGER.warning("%s", error)
            self._post(e.HealthChanged(part="buttons", healthy=False, code=error.code))
        finally:
            with suppress(HardwareError):
                contact.close()
