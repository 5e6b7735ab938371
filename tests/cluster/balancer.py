"""A load balancer for connections: each stays where it began, the next one goes elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import cycle

_PIECE_BYTES = 64 << 10


class Balancer:
    """In turn; who does not take a connection is passed over."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._tried = len(ports)
        self._turn = cycle(ports)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either end hangs up."""
        with suppress(OSError):
            far_reader, far_writer = await self._connect()
            there = asyncio.create_task(_pump(reader, far_writer))
            back = asyncio.create_task(_pump(far_reader, writer))
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            there.cancel()
            back.cancel()
            far_writer.close()
        writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for left in reversed(range(self._tried)):
            try:
                return await asyncio.open_connection("127.0.0.1", next(self._turn))
            except OSError:
                if not left:
                    raise
        raise OSError("nobody is behind the balancer")


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()


@asynccontextmanager
async def balancing(ports: Sequence[int]) -> AsyncIterator[int]:
    """The port that it listens at."""
    server = await asyncio.start_server(Balancer(ports).accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
