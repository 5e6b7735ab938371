"""Serves pages of figures to those who scrape them: few at a time, briefly, and nothing else."""

import asyncio
import logging
from http import HTTPStatus
from typing import Final

from device import clock
from device.config import MetricsConfig
from device.metrics.scrape import MAX_HEAD_BYTES, Pages, answer, refusal

_LOGGER = logging.getLogger(__name__)

MOST_CLIENTS: Final = 8
"""At a time; a Prometheus and a probe need two."""
PATIENCE_SECONDS: Final = 5.0
"""For a request to come, and for its answer to be taken."""
_RETRY_SECONDS: Final = 60.0


class MetricsServer:
    """Run it as a supervised task; a port that is taken is tried again."""

    def __init__(
        self, config: MetricsConfig, pages: Pages, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._config = config
        self._host = str(config.host)
        self._pages = pages
        self._patience_seconds = patience_seconds
        self._clients: set[asyncio.StreamWriter] = set()

    async def run(self) -> None:
        """Serve until cancelled."""
        server = await self._listen()
        _LOGGER.info("metrics: http://%s/metrics", _place(self._host, self._config.port))
        if not self._config.host.is_loopback:
            _LOGGER.warning("everybody who reaches %s can read the metrics", self._host)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for client in self._clients:
                client.transport.abort()

    async def _listen(self) -> asyncio.Server:
        told = False
        while True:
            try:
                return await asyncio.start_server(
                    self._serve, self._host, self._config.port, limit=MAX_HEAD_BYTES
                )
            except OSError as error:
                if not told:
                    where = _place(self._host, self._config.port)
                    _LOGGER.warning("no metrics at %s: %s; check [metrics]", where, error)
                told = True
            await asyncio.sleep(_RETRY_SECONDS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Nothing is left to be sent once the answer has been drained.
        writer.transport.set_write_buffer_limits(0)
        self._clients.add(writer)
        try:
            with clock.hold(self._patience_seconds):
                async with asyncio.timeout(self._patience_seconds):
                    writer.write(await self._answer(reader))
                    await writer.drain()
            writer.close()
        except (OSError, EOFError, TimeoutError):
            writer.transport.abort()
        except Exception:
            _LOGGER.exception("a page of metrics could not be made")
            writer.transport.abort()
        finally:
            self._clients.discard(writer)

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        if len(self._clients) > MOST_CLIENTS:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Retry-After: 5")
        try:
            return answer(await reader.readuntil(b"\r\n\r\n"), self._pages)
        except asyncio.LimitOverrunError:
            return refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
