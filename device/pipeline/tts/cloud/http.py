"""Services that are asked by one HTTP request a sentence, and stream their answer."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from device.direct import http_client, need_http
from device.errors import EngineError
from device.executor import load
from device.pipeline.tts.cloud.dialect import Dialect, failing_cleanly, refusal, unreachable
from device.pipeline.tts.cloud.sound import Sound

_KEPT_SECONDS: Final = 600.0
"""An idle connection is kept so long, unless the server closes it."""
_OK: Final = 200


class HttpWay:
    """The way to any server. Loads its package when it is first needed."""

    def __init__(self) -> None:
        """Raises EngineMissing."""
        need_http("this voice")
        self._opening = asyncio.Lock()
        self._client: Any = None

    async def get(self) -> Any:
        """An `httpx2.AsyncClient`."""
        async with self._opening:
            if self._client is None:
                self._client = await load(_open)
            return self._client

    async def close(self) -> None:
        """Disconnect; idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


class HttpService:
    """One voice of a service that is asked by HTTP."""

    def __init__(self, dialect: Dialect, way: HttpWay) -> None:
        self._dialect = dialect
        self._way = way
        self.name = dialect.name
        """The service."""
        self.host = urlsplit(dialect.base_url).hostname or ""
        """Where the text goes."""
        self.voice = dialect.voice
        """Whose voice it is."""
        self._meaning = partial(_meaning, host=self.host, name=self.name)

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The sound of one sentence as it arrives. Raises EngineError; closing it hangs up."""
        client = await self._way.get()
        asked = self._dialect.ask(text)
        with failing_cleanly(self.host, self._meaning):
            async with client.stream(
                "POST", asked.url, content=asked.body, headers=asked.headers
            ) as answer:
                if answer.status_code != _OK:
                    raise refusal(answer.status_code, self.host, self.name)
                decoder = self._dialect.decoder(answer.headers.get("content-type", ""))
                async for data in answer.aiter_bytes():
                    for sound in decoder.feed(data):
                        yield sound
                for sound in decoder.end():
                    yield sound

    async def connect(self) -> None:
        """Connect, so that the next sentence does not pay for it; any answer means that."""
        client = await self._way.get()
        with failing_cleanly(self.host, self._meaning):
            await client.head(self._dialect.base_url)


def _meaning(error: Exception, host: str, name: str) -> EngineError | None:
    from httpx2 import HTTPError, InvalidURL, StreamError

    if isinstance(error, (HTTPError, InvalidURL, StreamError, OSError, ValueError)):
        return unreachable(error, host, name)
    return None


def _open() -> Any:
    import httpx2

    return http_client(limits=httpx2.Limits(max_connections=4, keepalive_expiry=_KEPT_SECONDS))
