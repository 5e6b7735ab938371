"""Asks Home Assistant what the speaker itself does not understand.

The sentence goes to Home Assistant's conversation API (`device.dialog.conversation_api`). What
comes back is data: it is spoken, and nothing else.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.protocol import State

from device import clock
from device.dialog.base import Answer
from device.dialog.conversation_api import (
    Processed,
    auth_message,
    check_auth,
    process_message,
    read_result,
    read_type,
    socket_address,
)
from device.errors import AssistantError, AssistantRefused
from device.outside import Outside

_CONNECT_SECONDS: Final = 3.0
_CONVERSATION_SECONDS: Final = 300.0
"""So long Home Assistant remembers what was said; it forgets after five minutes too."""
_REFUSED_SECONDS: Final = 600.0
"""So long a refused token is not tried again: Home Assistant bans who keeps trying."""
_LONGEST_BYTES: Final = 1 << 20
_SOCKET_LOGGER: Final = logging.getLogger(f"{__name__}.socket")
# Below this level the library logs every message: the token, and what people said.
_SOCKET_LOGGER.setLevel(logging.INFO)


class HomeAssistantAgent:
    """One Home Assistant, connected from the first sentence or `warm_up` on."""

    def __init__(self, url: str, token: str, outside: Outside, answer_seconds: float = 8.0) -> None:
        """`url` is that of its pages. Raises ConfigError when it is none.

        An answer takes `answer_seconds` at most, connecting included.
        """
        self._address = socket_address(url)
        self._host = urlsplit(url).hostname or ""
        self._token = token
        self._outside = outside
        self._answer_seconds = answer_seconds
        self._one_at_a_time = asyncio.Lock()
        self._socket: ClientConnection | None = None
        self._sent = 0
        self._conversation_id: str | None = None
        self._conversation_ends = 0.0
        self._refusal_ends = 0.0

    async def answer(self, text: str, language: str) -> Answer | None:
        """What Home Assistant says to a sentence, or None when it does not understand it.

        A sentence is sent once at most: it may have been acted on although no answer came.
        Raises AssistantError, and AssistantRefused when it does not accept the token.
        """
        async with self._one_at_a_time:
            with clock.hold(self._answer_seconds), self._failing_cleanly():
                async with asyncio.timeout(self._answer_seconds):
                    socket = await self._connected()
                    processed = await self._process(socket, text, language)
        self._conversation_id = processed.conversation_id
        self._conversation_ends = _now() + _CONVERSATION_SECONDS
        if not processed.understood:
            return None
        said_in = processed.response.language or language
        return Answer(processed.text, said_in, continue_listening=processed.continue_conversation)

    async def warm_up(self) -> None:
        """Connect, so that the next sentence does not pay for it. Raises AssistantError."""
        async with self._one_at_a_time:
            with clock.hold(_CONNECT_SECONDS), self._failing_cleanly():
                await self._connected()

    async def close(self) -> None:
        """Disconnect; idempotent."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _connected(self) -> ClientConnection:
        if self._socket is not None and self._socket.state is State.OPEN:
            return self._socket
        if _now() < self._refusal_ends:
            raise AssistantRefused(
                "Home Assistant refused the access token a short while ago; it is tried again "
                f"{_REFUSED_SECONDS / 60:.0f} minutes after that, or when the speaker starts"
            )
        async with asyncio.timeout(_CONNECT_SECONDS):
            # No proxy: whose address is configured is who gets the sentence.
            self._socket = await connect(
                self._address, proxy=None, close_timeout=1, max_size=_LONGEST_BYTES,
                logger=_SOCKET_LOGGER,
            )  # fmt: skip
            self._sent = 0
            await self._log_in(self._socket)
        return self._socket

    async def _log_in(self, socket: ClientConnection) -> None:
        kind = read_type(await socket.recv())
        if kind != "auth_required":
            raise AssistantError(f"{self._host} is no Home Assistant: it began with {kind[:40]!r}")
        await socket.send(auth_message(self._token))
        try:
            check_auth(await socket.recv())
        except AssistantRefused:
            self._refusal_ends = _now() + _REFUSED_SECONDS
            raise

    async def _process(self, socket: ClientConnection, text: str, language: str) -> Processed:
        self._sent += 1
        goes_on = _now() < self._conversation_ends
        conversation_id = self._conversation_id if goes_on else None
        with self._outside.leaving(self._host):
            await socket.send(process_message(self._sent, text, language, conversation_id))
            while True:
                result = read_result(await socket.recv(), self._sent)
                if result is not None:
                    return result

    @contextmanager
    def _failing_cleanly(self) -> Iterator[None]:
        """Raise only errors of ours, and leave no connection whose state nobody knows."""
        answered = False
        try:
            yield
            answered = True
        except AssistantError:  # a refusal is an OSError too
            raise
        except TimeoutError as error:
            raise AssistantError(
                f"Home Assistant at {self._host} did not answer in time"
            ) from error
        except (OSError, WebSocketException) as error:
            raise AssistantError(
                f"Home Assistant at {self._host} cannot be reached ({error}); "
                "check [home] assistant"
            ) from error
        finally:
            if not answered:
                self._drop()

    def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.transport.abort()


def _now() -> float:
    return asyncio.get_running_loop().time()
