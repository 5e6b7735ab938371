"""One sentence on its way to a service over a WebSocket, while it is said."""

import asyncio
import time
from contextlib import ExitStack
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
)

from device import clock
from device.direct import web_socket
from device.errors import EngineError
from device.pipeline.elsewhere import (
    endless,
    is_skewed,
    late,
    login_page,
    refusal,
    unreachable,
    wrong_clock,
)
from device.pipeline.stt.cloud.asking import Asking
from device.pipeline.stt.cloud.service import Heard, Service
from device.pipeline.stt.cloud.wire import BYTES_A_SECOND, MOST_CHARACTERS, Tongue
from device.tasks import end

_BLOCK_BYTES: Final = 1_280
"""40 ms."""
_LARGEST_BYTES: Final = 1 << 18
"""Of one answer."""
_CLOSE_SECONDS: Final = 1.0
_FORGOTTEN_SECONDS: Final = 20.0
"""Who neither says more nor wants to know what was said is not coming back."""


class Session:
    """Begins when it is made, and ends with the last answer, or when it is closed."""

    def __init__(self, service: Service, tongue: Tongue, language: str, seconds: float) -> None:
        """Connecting takes `seconds` at most, and so does the answer when all was said.

        Raises EngineError for a language that is not served.
        """
        self._service = service
        self._tongue = tongue
        self._seconds = seconds
        self._address = tongue.address(language, time.time())
        self._wire = tongue.open(language)
        self._waiting = bytearray()
        self._fed = 0
        self._is_said = False
        self._more = asyncio.Event()
        self._date = ""
        self._connection: ClientConnection | None = None
        self._asking = Asking(service, self._talk, self._part)

    @property
    def heard(self) -> Heard:
        """What is understood so far. Raises EngineError when it failed."""
        self._asking.check()
        return self._wire.heard

    def feed(self, pcm: bytes) -> None:
        """Send more of the sentence, 16 bit mono at 16 kHz, in a moment."""
        self._waiting += pcm
        self._more.set()

    async def finish(self) -> Heard:
        """All was said: what was understood. Raises EngineError."""
        self._is_said = True
        self._more.set()
        await self._asking.over()
        return self.heard

    async def close(self) -> None:
        """Break off; idempotent."""
        await self._asking.close()

    async def _talk(self) -> None:
        host = self._service.host
        with ExitStack() as holds:
            try:
                async with asyncio.timeout(self._seconds) as limit:
                    self._connection = connection = await self._connect()
                    limit.reschedule(None)
                    await self._converse(connection, limit, holds)
            except TimeoutError as error:
                raise late(host) from error
            except EngineError as error:
                if self._tongue.signed and is_skewed(self._date, time.time()):
                    # What is wrong with what was signed at another time than theirs is the time.
                    raise wrong_clock(host, self._date, time.time()) from error
                raise

    async def _converse(
        self, connection: ClientConnection, limit: asyncio.Timeout, holds: ExitStack
    ) -> None:
        sending = asyncio.create_task(self._send(connection, limit, holds))
        try:
            await self._read(connection)
        finally:
            await end(sending)
            if self._fed:
                self._service.spend(self._fed // 2)

    async def _part(self) -> None:
        """Say goodbye, but do not wait for long until the other side does."""
        if self._connection is not None:
            try:
                await self._connection.close()
            finally:
                self._connection.transport.abort()

    async def _connect(self) -> ClientConnection:
        host, now = self._service.host, time.time()
        try:
            with clock.hold(self._seconds):
                connection = await web_socket(
                    self._address.url, self._address.headers, most_bytes=_LARGEST_BYTES,
                    close_seconds=_CLOSE_SECONDS, compression=None, ping_interval=None,
                )  # fmt: skip
        except InvalidStatus as error:
            answer = error.response
            date, body = answer.headers.get("Date", ""), bytes(answer.body or b"")
            signed = self._tongue.signed
            if answer.status_code == 200:
                raise login_page(host) from error
            raise refusal(host, answer.status_code, date, body, now, signed=signed) from error
        except InvalidMessage as error:
            raise unreachable(host, error) from error
        except (InvalidHandshake, InvalidURI) as error:
            raise login_page(host) from error
        except TimeoutError:
            raise
        except OSError as error:
            raise unreachable(host, error) from error
        self._date = connection.response.headers.get("Date", "") if connection.response else ""
        return connection

    async def _send(
        self, connection: ClientConnection, limit: asyncio.Timeout, holds: ExitStack
    ) -> None:
        try:
            await self._send_all(connection)
        except (ConnectionClosed, TimeoutError):
            await connection.close()  # who reads is told why
            return
        holds.enter_context(clock.hold(self._seconds))
        limit.reschedule(asyncio.get_running_loop().time() + self._seconds)

    async def _send_all(self, connection: ClientConnection) -> None:
        while self._waiting or not self._is_said:
            if not self._waiting:
                self._more.clear()
                async with asyncio.timeout(_FORGOTTEN_SECONDS):
                    await self._more.wait()
                continue
            block = bytes(self._waiting[:_BLOCK_BYTES])
            del self._waiting[:_BLOCK_BYTES]
            for message in self._wire.audio(block):
                await connection.send(message)
            self._fed += len(block)
            if self._tongue.paced:
                await asyncio.sleep(len(block) / BYTES_A_SECOND)
        for message in self._wire.end():
            await connection.send(message)

    async def _read(self, connection: ClientConnection) -> None:
        host = self._service.host
        try:
            async for message in connection:
                if self._wire.take(message):
                    return
                if len(self._wire.heard.text) > MOST_CHARACTERS:
                    raise endless(host)
        except ConnectionClosed as error:
            raise EngineError(f"{host} broke off in the middle of the sentence") from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise EngineError(f"{host} answers not as documented") from error
        raise EngineError(f"{host} left before the sentence was understood")
