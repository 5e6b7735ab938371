"""A WebSocket that is written to without waiting; who reads too slowly is cut off."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from device.tasks import end

if TYPE_CHECKING:
    from fastapi import WebSocket

_MOST_BYTES: Final = 2 << 20
"""So much may wait for a client: 40 s of its sound."""
_GOODBYE_SECONDS: Final = 2.0


class Line:
    """What is sent waits in a bounded queue of its own; what comes is iterated over."""

    def __init__(
        self, socket: "WebSocket", cut: Callable[[], None], most_bytes: int = _MOST_BYTES
    ) -> None:
        """`cut` ends the connection at once, whatever waits to be sent."""
        self._socket = socket
        self._cut = cut
        self._most_bytes = most_bytes
        self._waiting: deque[str | bytes] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    @property
    def waiting_bytes(self) -> int:
        """What the client has not taken yet; of text, its characters."""
        return self._bytes

    def send(self, message: str | bytes) -> None:
        """Hand over a text or binary message; never waits, and after `close` does nothing."""
        if self._closing is not None:
            return
        self._waiting.append(message)
        self._bytes += len(message)
        if self._bytes > self._most_bytes:
            self._waiting.clear()
            self.close(1013)
            self._cut()
        self._ready.set()

    def drop_sound(self) -> None:
        """Binary messages that wait are not sent any more."""
        self._bytes -= sum(len(one) for one in self._waiting if isinstance(one, bytes))
        self._waiting = deque(one for one in self._waiting if isinstance(one, str))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye after what waits; the first goodbye counts."""
        if self._closing is None:
            self._closing = code, reason
        self._ready.set()

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """What the client sends, until one of both goes."""
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            yield message["bytes"] if text is None else text

    async def write(self) -> None:
        """Write until the goodbye is written, or nobody is there any more."""
        from fastapi import WebSocketDisconnect

        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                while self._waiting:
                    message = self._waiting.popleft()
                    if isinstance(message, str):
                        await self._socket.send_text(message)
                    else:
                        await self._socket.send_bytes(message)
                    self._bytes -= len(message)
                if self._closing is not None:
                    await self._socket.close(*self._closing)
                    return
                self._ready.clear()
                await self._ready.wait()


@asynccontextmanager
async def open_line(socket: "WebSocket", subprotocol: str | None = None) -> AsyncIterator[Line]:
    """Accept it, and close it after the block: by then everything is sent, or nobody takes it."""
    await socket.accept(subprotocol)
    line = Line(socket, getattr(socket.state, "cut", lambda: None))
    writing = asyncio.create_task(line.write())
    try:
        yield line
    finally:
        line.close()
        await asyncio.wait([writing], timeout=_GOODBYE_SECONDS)
        await end(writing)
