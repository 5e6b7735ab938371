"""Phrases that come again are spoken from memory."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

from device.audio.chunk import AudioChunk
from device.pipeline.base import TextToSpeech
from device.pipeline.tts.prosody import Prosody
from device.types import Voice

Key = tuple[Voice, Prosody, str]
"""Voice, how it speaks, and the text."""

_CHUNK_OVERHEAD_BYTES = 200


class PhraseStore:
    """Least-recently-used phrases, bounded by bytes; many voices may share one store."""

    def __init__(self, max_bytes: int) -> None:
        self._phrases: OrderedDict[Key, tuple[AudioChunk, ...]] = OrderedDict()
        self._max_bytes = max_bytes
        self.held_bytes = 0
        """Memory of the audio in store."""

    def get(self, key: Key) -> tuple[AudioChunk, ...] | None:
        """The chunks of a phrase, now the newest; None when it is not here."""
        chunks = self._phrases.get(key)
        if chunks is not None:
            self._phrases.move_to_end(key)
        return chunks

    def put(self, key: Key, chunks: Iterable[AudioChunk]) -> None:
        """Keep a phrase and drop the oldest that no longer fit; too long a one is not kept."""
        phrase = tuple(chunks)
        size = _size(phrase)
        if size > self._max_bytes:
            return
        self.held_bytes += size - _size(self._phrases.pop(key, ()))
        self._phrases[key] = phrase
        while self.held_bytes > self._max_bytes:
            _, oldest = self._phrases.popitem(last=False)
            self.held_bytes -= _size(oldest)

    def __len__(self) -> int:
        return len(self._phrases)

    def __contains__(self, key: Key) -> bool:
        return key in self._phrases


class CachedTts:
    """An engine that speaks a phrase it has spoken before at once."""

    def __init__(
        self, engine: TextToSpeech, store: PhraseStore, prosody: Prosody | None = None
    ) -> None:
        """`prosody` is how the engine speaks: it tells phrases of differently set voices apart."""
        self._engine = engine
        self._store = store
        self._prosody = prosody or Prosody()
        self.hits = 0
        """Phrases spoken from memory."""

    @property
    def voice(self) -> Voice:
        """The engine's voice."""
        return self._engine.voice

    def knows(self, text: str) -> bool:
        """Whether it is spoken from memory."""
        return (self.voice, self._prosody, text) in self._store

    async def synthesize(self, text: str) -> AsyncIterator[AudioChunk]:
        """The phrase from memory, or from the engine; only a phrase heard to its end is kept."""
        key = (self.voice, self._prosody, text)
        known = self._store.get(key)
        if known is not None:
            self.hits += 1
            for chunk in known:
                yield chunk
            return
        made: list[AudioChunk] = []
        audio: Any = self._engine.synthesize(text)
        async with aclosing(audio):
            async for chunk in audio:
                made.append(chunk)
                yield chunk
        self._store.put(key, made)

    async def render(self, phrases: Iterable[str]) -> None:
        """Make phrases that will be needed, before they are. Raises EngineError."""
        for phrase in phrases:
            if not self.knows(phrase):
                async for _ in self.synthesize(phrase):
                    pass

    async def warm_up(self) -> None:
        """Warm the engine up, if it can be."""
        warm_up = getattr(self._engine, "warm_up", None)
        if warm_up is not None:
            await warm_up()

    def close(self) -> None:
        """Close the engine, if it can be; idempotent."""
        close = getattr(self._engine, "close", None)
        if close is not None:
            close()


def _size(phrase: tuple[AudioChunk, ...]) -> int:
    return sum(len(chunk.audio) + _CHUNK_OVERHEAD_BYTES for chunk in phrase)
