"""What waits to be sent to one client: bounded, in order, and sound can be taken back."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from device.errors import VisitOver

_MOST_MESSAGES: Final = 2_000
_MOST_BYTES: Final = 4 << 20
"""A minute of sound and its words; who is that far behind does not read."""

Message = str | bytes


class Outgoing:
    """One client's queue; `run` sends it."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._over = False

    def put(self, *messages: Message) -> None:
        """Send these after everything else; never waits. Nothing more goes to who lags behind."""
        for message in messages:
            self._waiting.append(message)
            self._bytes += len(message)
        self._over = self._over or self._bytes > _MOST_BYTES or len(self._waiting) > _MOST_MESSAGES
        if self._over:
            self._waiting.clear()
        self._ready.set()

    def drop_sound(self) -> None:
        """Binary messages that wait are not sent any more."""
        self._waiting = deque(one for one in self._waiting if isinstance(one, str))
        self._bytes = sum(map(len, self._waiting))

    async def run(self, send: Callable[[Message], Awaitable[None]]) -> None:
        """Send until cancelled. Raises what `send` raises, and VisitOver for who does not read."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._waiting:
                message = self._waiting.popleft()
                self._bytes -= len(message)
                await send(message)
            if self._over:
                raise VisitOver("the client does not read what it is sent")
