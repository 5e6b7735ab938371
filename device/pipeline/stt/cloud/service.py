"""One service elsewhere that understands speech, as all of its engines need it."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from device.audio.format import RATE, Samples
from device.breaker import Breaker
from device.errors import EngineError
from device.outside import Outside, Unit
from device.pipeline.stt.phrases import as_phrase
from device.types import Transcript

_LOGGER = logging.getLogger(__name__)

_SHORTEST_SAMPLES: Final = RATE // 10
"""What is shorter is no word, and nobody is asked about it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a service understood."""

    text: str
    confidence: float = 1.0
    """0 (a guess) to 1 (certain)."""
    used: Mapping[Unit, float] = field(default_factory=dict)
    """What it counts besides requests and seconds."""


class Service:
    """Asked when it answers at all; shown while it is asked; counted when it was."""

    def __init__(
        self, name: str, base_url: str, outside: Outside, breaker: Breaker | None = None
    ) -> None:
        """`name` is that of the engine and of the account."""
        self.name = name
        self.host = urlsplit(base_url).hostname or ""
        """Name or address of who answers."""
        self._outside = outside
        self._breaker = breaker or Breaker()
        self._last: tuple[bytes, Transcript] | None = None

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[None]:
        """Something leaves for the service, or its answer is awaited. Raises only EngineError."""
        now = asyncio.get_running_loop().time
        if not self._breaker.allows(now()):
            rest = self._breaker.rests_seconds(now())
            raise EngineError(f"{self.host} failed often; it is not asked for {rest:.0f} s")
        try:
            with self._outside.leaving(self.host):
                yield
        except EngineError:
            self._breaker.failed(now())
            raise
        except Exception as error:
            self._breaker.failed(now())
            _LOGGER.exception("asking %s failed", self.host)
            raise EngineError(f"asking {self.host} failed: {error}") from error
        except BaseException:
            self._breaker.dropped(now())
            raise
        self._breaker.succeeded()

    def spend(self, samples: int, used: Mapping[Unit, float] | None = None) -> None:
        """Count one request with so many samples of speech, and what else it took."""
        self._outside.spend(self.name, Unit.REQUESTS, 1)
        self._outside.spend(self.name, Unit.AUDIO_SECONDS, samples / RATE)
        for unit, amount in (used or {}).items():
            self._outside.spend(self.name, unit, amount)

    async def once(
        self, samples: Samples, language: str, phrases: tuple[str, ...],
        ask: Callable[[], Awaitable[Heard]],
    ) -> Transcript:  # fmt: skip
        """What `ask` tells of these samples; who asks the same again gets the same answer.

        With `phrases` the text is the one of them that was said, or empty. Raises EngineError.
        """
        if len(samples) < _SHORTEST_SAMPLES:
            return Transcript("", language, confidence=0.0, engine=self.name)
        key = hashlib.sha256(language.encode() + samples.tobytes()).digest()
        if self._last is None or self._last[0] != key:
            heard = await ask()
            text = " ".join(heard.text.split())
            told = Transcript(text, language, confidence=heard.confidence, engine=self.name)
            self._last = key, told
        return as_phrase(self._last[1], phrases) if phrases else self._last[1]
