"""The voices of Microsoft Edge (package edge-tts, LGPL-3.0), which ask for no key.

The package speaks the protocol: a WebSocket for every sentence, with SSML out, and MP3 and where
sentences end in (github.com/rany2/edge-tts). It knows only one host; what `base_url` names instead
must show that host's certificate.
"""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from device.errors import EngineError, EngineMissing, EngineRefused
from device.executor import Executor, load
from device.pipeline.tts.cloud.dialect import failing_cleanly, refusal, unreachable
from device.pipeline.tts.cloud.mp3 import Mp3Decoder
from device.pipeline.tts.cloud.sound import Sound
from device.pipeline.tts.prosody import Abilities, Prosody, possible
from device.tasks import end
from device.types import Voice

ABILITIES: Final = Abilities(rate=(0.5, 2.0), volume=(0.5, 2.0), pitch=True)
RATE: Final = 24_000

_HOST: Final = "speech.platform.bing.com"
_REFUSED: Final = (401, 403)
_WIDEST_PITCH_HZ: Final = 50
_TICKS: Final = 10_000_000
"""100 ns: what the service counts in."""
_CUT_SECONDS: Final = 0.3


class EdgeSpeech:
    """One voice there."""

    name = "edge"

    def __init__(
        self, executor: Executor, base_url: str, voice: Voice, prosody: Prosody | None = None
    ) -> None:
        """`executor` decodes. Raises EngineMissing."""
        if find_spec("edge_tts") is None:
            raise EngineMissing(
                "Edge's voices need the package edge-tts; run: pip install 'parlor-speaker[edge]'"
            )
        self._executor = executor
        self._address = urlsplit(base_url)
        self.host = self._address.hostname or ""
        """Where the text goes."""
        self.voice = voice
        """Whose voice it is."""
        self._meaning = partial(_meaning, host=self.host)
        self._asked = prosody_options(possible(prosody or Prosody(), ABILITIES, self.name))

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """The sound of one sentence as it arrives. Raises EngineError; closing it hangs up."""
        edge_tts = await load(_package)
        decoder, ends = Mp3Decoder(), 0.0
        with failing_cleanly(self.host, self._meaning):
            connector = _connector(self._address.hostname or "", self._address.port or 443)
            asking = edge_tts.Communicate(
                text, self.voice.name, connector=connector, **self._asked
            ).stream()
            try:
                while (message := await _next(asking, connector)) is not None:
                    if message["type"] == "audio":
                        for sound in await self._decoded(decoder, message["data"]):
                            yield sound
                    else:
                        ends = max(ends, (message["offset"] + message["duration"]) / _TICKS)
            finally:
                connector.hang_up()
                await asking.aclose()
                await connector.close_at_last()
            for sound in await self._executor.run(decoder.end):
                yield sound
            # The package takes a connection that breaks for the end.
            if decoder.given_samples / RATE < ends - _CUT_SECONDS:
                raise EngineError("its answer ends before the sentence does")

    async def connect(self) -> None:
        """Load the package; it connects anew for every sentence."""
        await load(_package)

    async def _decoded(self, decoder: Mp3Decoder, data: bytes) -> list[Sound]:
        return await self._executor.run(lambda: decoder.feed(data))


def prosody_options(prosody: Prosody) -> dict[str, str]:
    """Rate, volume and pitch as the package takes them."""
    return {
        "rate": f"{round(100 * (prosody.rate - 1)):+d}%",
        "volume": f"{round(100 * (prosody.volume - 1)):+d}%",
        "pitch": f"{round(_WIDEST_PITCH_HZ * prosody.pitch):+d}Hz",
    }


def _package() -> Any:
    import edge_tts

    return edge_tts


async def _next(asking: AsyncGenerator[Any, None], connector: Any) -> Any:
    """The next message; None: there is none. Who waits no longer hangs up at once."""

    async def step() -> Any:
        return await anext(asking, None)

    stepping = asyncio.create_task(step(), name="edge")
    try:
        return await asyncio.shield(stepping)
    except asyncio.CancelledError:
        connector.hang_up()
        await end(stepping)
        raise


def _connector(host: str, port: int) -> Any:
    """Leads to a host and port whatever the package asks for, and past proxies."""
    import aiohttp

    class OneHost(aiohttp.ThreadedResolver):  # type: ignore[misc]
        async def resolve(self, _host: str, _port: int = 0, family: Any = 0) -> Any:
            found = await super().resolve(host, port, family)
            return [{**one, "hostname": _HOST} for one in found]

    class Direct(aiohttp.TCPConnector):  # type: ignore[misc]
        transport: Any = None

        async def connect(self, req: Any, *args: Any, **options: Any) -> Any:
            # The package trusts the environment; here only the configuration says who is told.
            req.proxy = None
            connection = await super().connect(req, *args, **options)
            self.transport = connection.transport
            return connection

        def hang_up(self) -> None:
            # The package would say goodbye, and wait 10 s for the answer.
            if self.transport is not None:
                self.transport.abort()

        def close(self, **_options: Any) -> Any:
            # The package closes it with every try, and may try twice.
            return asyncio.sleep(0)

        async def close_at_last(self) -> None:
            await super().close()

    return Direct(resolver=OneHost(), use_dns_cache=False)


def _meaning(error: Exception, host: str) -> EngineError | None:
    import aiohttp
    from edge_tts.exceptions import EdgeTTSException

    match error:
        case aiohttp.ClientResponseError(status=status) if status in _REFUSED:
            # There is no key: the package computes one of the time.
            return EngineRefused(
                f"{host} refused us ({status}); set the clock right, or update edge-tts"
            )
        case aiohttp.ClientResponseError(status=status):
            return refusal(status, host, "edge")
        case aiohttp.ClientError() | EdgeTTSException() | OSError():
            return unreachable(error, host, "edge")
        case ValueError() | TypeError() | LookupError():
            return EngineError(f"what {host} answers is not as documented: {error}")
    return None
