"""TCP connections on which Wyoming is spoken: who may have one, and for how long."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from device.gateway.wyoming.frames import BadFrame, Frame, FrameReader, to_bytes

_LOGGER = logging.getLogger(__name__)

MOST_LINES: Final = 16
"""At a time, on one port."""
SILENT_SECONDS: Final = 5.0
"""Whoever sent a ping once and is silent for so long is asked; as long again, and he is gone."""
IDLE_SECONDS: Final = 60.0
"""Whoever never sent a ping is shown out after so long."""
_PATIENCE_SECONDS: Final = 5.0
"""For what is sent to be taken."""
_PIECE_BYTES: Final = 1 << 16
_RETRY_SECONDS: Final = 60.0

Networks = Sequence[IPv4Network | IPv6Network]


def may_enter(host: str, allowed: Networks) -> bool:
    """Whether an address is this computer's, or one that is allowed."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or any(address in network for network in allowed)


class Line:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._writer = writer
        self._silent_seconds = silent_seconds
        self._pings = False
        self.host = str((writer.get_extra_info("peername") or ("",))[0])
        """Address of the other end."""
        self.heard_at = _now()
        """Loop time at which anything came last."""

    async def frames(self) -> AsyncIterator[Frame]:
        """What comes, pings answered, until the other end is gone. Raises BadFrame."""
        reader = FrameReader()
        try:
            while arrived := await self._arrives():
                for frame in reader.feed(arrived):
                    match frame.type:
                        case "ping":
                            self._pings = True
                            await self.send(Frame("pong", {"text": frame.data.get("text")}))
                        case "pong":
                            pass
                        case _:
                            yield frame
        except OSError:
            return

    async def send(self, *frames: Frame) -> None:
        """Send in order. Raises ConnectionError when the other end takes nothing any more."""
        if self._writer.is_closing():
            raise ConnectionResetError("the connection is closed")
        for frame in frames:
            self._writer.write(to_bytes(frame))
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._writer.drain()
        except TimeoutError:
            self.close()
            raise ConnectionResetError("the other end takes nothing") from None

    def close(self) -> None:
        """Hang up at once; idempotent."""
        self._writer.transport.abort()

    async def _arrives(self) -> bytes:
        """The next bytes; empty when there will be none."""
        try:
            async with asyncio.timeout(self._silent_seconds if self._pings else IDLE_SECONDS):
                return await self._read()
        except TimeoutError:
            if not self._pings:
                return b""
        await self.send(Frame("ping", {"text": None}))
        try:
            async with asyncio.timeout(self._silent_seconds):
                return await self._read()
        except TimeoutError:
            _LOGGER.warning("%s does not answer any more", self.host)
            return b""

    async def _read(self) -> bytes:
        arrived = await self._reader.read(_PIECE_BYTES)
        self.heard_at = _now()
        return arrived


class Port:
    """A TCP port; run it as a supervised task. One that is taken is tried again."""

    def __init__(
        self, host: str, port: int, allowed: Networks, serve: Callable[[Line], Awaitable[None]],
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:  # fmt: skip
        """`serve` has a connection until it returns."""
        self._host = host
        self._port = port
        self._allowed = allowed
        self._serve = serve
        self._silent_seconds = silent_seconds
        self._lines: dict[Line, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serve until cancelled."""
        server = await self._listen()
        _LOGGER.info("wyoming: tcp://%s:%d", self._host, self._port)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            tasks = list(self._lines.values())
            for line in self._lines:
                line.close()
            if tasks:
                await asyncio.wait(tasks)

    async def _listen(self) -> asyncio.Server:
        told = False
        while True:
            try:
                return await asyncio.start_server(self._connected, self._host, self._port)
            except OSError as error:
                if not told:
                    place = f"{self._host}:{self._port}"
                    _LOGGER.warning("no Wyoming at %s: %s; check [wyoming]", place, error)
                told = True
            await asyncio.sleep(_RETRY_SECONDS)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer, self._silent_seconds)
        if not may_enter(line.host, self._allowed) or len(self._lines) >= MOST_LINES:
            _LOGGER.warning("%s may not connect now; see [wyoming] allow", line.host)
            line.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._lines[line] = task
        try:
            await self._serve(line)
        except BadFrame as error:
            _LOGGER.warning("%s is not listened to any more: %s", line.host, error)
        except ConnectionError:
            pass
        except Exception:
            _LOGGER.exception("a connection from %s failed", line.host)
        finally:
            del self._lines[line]
            line.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
