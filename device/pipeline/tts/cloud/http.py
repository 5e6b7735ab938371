"""Services that are asked by one HTTP request a sentence, and stream their answer."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from device.errors import EngineBusy, EngineError, EngineMissing, EngineRefused
from device.executor import load
from device.pipeline.tts.cloud.dialect import Dialect, refusal
from device.pipeline.tts.cloud.sound import Sound

_KEPT_SECONDS: Final = 600.0
"""An idle connection is kept so long, unless the server closes it."""
_OK: Final = 200


class HttpWay:
    """The way to any server. Loads its package when it is first needed."""

    def __init__(self) -> None:
        """Raises EngineMissing."""
        if find_spec("httpx2") is None:
            raise EngineMissing(
                "this voice needs the package httpx2; run: pip install 'parlor-speaker[llm]'"
            )
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

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The sound of one sentence as it arrives. Raises EngineError; closing it hangs up."""
        client = await self._way.get()
        asked = self._dialect.ask(text)
        with failing_cleanly(self.host, self.name):
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
        with failing_cleanly(self.host, self.name):
            await client.head(self._dialect.base_url)


@contextmanager
def failing_cleanly(host: str, name: str) -> Iterator[None]:
    """Raise only EngineError, EngineRefused and EngineBusy, with the host in the message."""
    from httpx2 import HTTPError, InvalidURL, StreamError

    try:
        yield
    except (EngineRefused, EngineBusy):
        raise
    except EngineError as error:
        raise EngineError(f"{host}: {error}") from error
    except (HTTPError, InvalidURL, StreamError, OSError, ValueError) as error:
        raise EngineError(
            f"{host} cannot be reached, or broke off ({error}); check [cloud.{name}] base_url"
        ) from error


def _open() -> Any:
    import httpx2

    limits = httpx2.Limits(max_connections=4, keepalive_expiry=_KEPT_SECONDS)
    # No proxy from the environment: whose address is configured is who gets the sentence. How
    # long to wait is the business of whoever asks.
    return httpx2.AsyncClient(limits=limits, trust_env=False, timeout=None)
