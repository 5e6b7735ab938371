"""Lets a service understand a sentence while it is said."""

from collections.abc import Callable

from device.audio.format import Samples
from device.pipeline.stt.cloud.service import Heard, Service
from device.pipeline.stt.cloud.wire import Talk
from device.types import Transcript


class StreamedStt:
    """Understands sentences at a service that listens along."""

    def __init__(self, service: Service, begin: Callable[[str], Talk], language: str) -> None:
        """`begin` connects for a sentence in a language, `language` where none is asked for."""
        self._service = service
        self.begin = begin
        """Connects. Raises EngineError for a language that is not served."""
        self._language = language

    @property
    def name(self) -> str:
        """Engine name."""
        return self._service.name

    @property
    def host(self) -> str:
        """Who hears the sentence."""
        return self._service.host

    def open(self, words: bool = True, language: str | None = None) -> "StreamedSentence":
        """Understand one sentence; what was understood so far is told in any case."""
        return StreamedSentence(self, language or self._language)

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """Understand a sentence of shape (n,) that is over. Raises EngineError."""
        return await self.open(language=language).finish(samples, phrases)

    async def once(
        self, sentence: "StreamedSentence", samples: Samples, phrases: tuple[str, ...]
    ) -> Transcript:
        """What was said in these samples, sent once only. Raises EngineError."""
        return await self._service.once(
            samples, sentence.language, phrases, lambda: sentence.send_rest(samples)
        )


class StreamedSentence:
    """One sentence; what follows after `finish` begins it anew."""

    def __init__(self, engine: StreamedStt, language: str) -> None:
        self.language = language
        """What it is said in."""
        self._engine = engine
        self._session: Talk | None = None
        self._sent = 0

    async def follow(self, samples: Samples) -> str:
        """Send what is new of the sentence so far, and tell what is understood of it.

        Raises EngineError.
        """
        return self._send(samples).heard.text

    async def finish(self, samples: Samples, phrases: tuple[str, ...] = ()) -> Transcript:
        """What was said; as the engine's `transcribe`."""
        try:
            return await self._engine.once(self, samples, phrases)
        finally:
            await self.close()

    async def send_rest(self, samples: Samples) -> Heard:
        """Send what is new, and wait for all to be understood. Raises EngineError."""
        return await self._send(samples).finish()

    async def close(self) -> None:
        """Nobody wants to know any more; idempotent."""
        session, self._session, self._sent = self._session, None, 0
        if session is not None:
            await session.close()

    def _send(self, samples: Samples) -> Talk:
        if self._session is None:
            self._session, self._sent = self._engine.begin(self.language), 0
        self._session.feed(samples[self._sent :].astype("<i2").tobytes())
        self._sent = max(self._sent, len(samples))
        return self._session
