"""The way to one OpenAI-compatible server (package openai)."""

import asyncio
import logging
from functools import partial
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from device import clock
from device.config import LlmServerConfig
from device.errors import EngineMissing
from device.executor import load

_LOGGER = logging.getLogger(__name__)

_KEPT_SECONDS: Final = 600.0
"""An idle connection is kept so long, unless the server closes it."""
_WARM_SECONDS: Final = 5.0
_NO_LIST: Final = 404


class LlmClient:
    """Loads the package when it is first needed: that takes a moment, and the wake word does not.

    Connects at the first question, or before it.
    """

    def __init__(self, config: LlmServerConfig, key: str) -> None:
        """An empty key is for servers that ask for none. Raises EngineMissing."""
        if find_spec("openai") is None:
            raise EngineMissing(
                "[llm] needs the package openai; run: pip install 'parlor-speaker[llm]'"
            )
        self.host = urlsplit(config.base_url).hostname or ""
        """Name or address of the server."""
        self.model = config.model
        """Name of the model there."""
        self._open = partial(_open, config.base_url, key)
        self._opening = asyncio.Lock()
        self._client: Any = None

    async def get(self) -> Any:
        """An `openai.AsyncOpenAI`."""
        async with self._opening:
            if self._client is None:
                self._client = await load(self._open)
            return self._client

    async def warm_up(self) -> None:
        """Connect, so that the next question does not pay for it. Never raises."""
        await self.reached()

    async def reached(self) -> bool:
        """Whether the server is there and lets us in; connects. Never raises."""
        try:
            client = await self.get()
            with clock.hold(_WARM_SECONDS):
                async with asyncio.timeout(_WARM_SECONDS):
                    models = await client.models.list()
        except Exception as error:
            # Some have no list of models; whoever says so is there.
            _LOGGER.debug("%s: %s", self.host, error)
            return getattr(error, "status_code", 0) == _NO_LIST
        # A captive portal answers everything with its page.
        return isinstance(getattr(models, "data", None), list)

    async def close(self) -> None:
        """Disconnect; idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _open(base_url: str, key: str) -> Any:
    import httpx2
    import openai

    limits = httpx2.Limits(max_connections=4, keepalive_expiry=_KEPT_SECONDS)
    # No proxy from the environment: whose address is configured is who gets the sentence.
    transport = openai.DefaultAsyncHttpxClient(limits=limits, trust_env=False)
    return openai.AsyncOpenAI(
        base_url=base_url, api_key=key or "none", max_retries=0, http_client=transport
    )
