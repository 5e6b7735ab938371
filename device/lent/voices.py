"""Voices for others: that of the house, and a few more that are asked for by name or by speed."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from device.audio.chunk import AudioChunk
from device.config import TtsConfig
from device.conversation.saying import say_whole
from device.errors import EngineBusy
from device.executor import load
from device.pipeline.base import KeptVoice
from device.pipeline.tts import open_tts
from device.pipeline.tts.cache import PhraseStore
from device.pipeline.tts.cloud import CloudSpeech
from device.pipeline.tts.voices import list_voices
from device.types import Voice

MOST_VOICES: Final = 4
"""In memory beside that of the house; the one that was asked for longest ago is given up first."""
_SPEEDS: Final = 20
"""Steps of speed up to 1."""
_SLOWEST, _FASTEST = 0.25, 4.0

_Key = tuple[str, float]
"""Name and speed."""


@dataclass(slots=True)
class _Kept:
    voice: KeptVoice
    language: str
    speaking: int = 0
    """Requests that hear it now."""


class LentVoices:
    """Opens voices as they are asked for, and closes those that nobody asks for any more."""

    def __init__(
        self, config: TtsConfig, language: str, house: Callable[[], Awaitable[KeptVoice]],
        cloud: CloudSpeech,
    ) -> None:  # fmt: skip
        """`house` gives the voice of the house, which speaks `language`."""
        self._config = config
        self._language = language
        self._house = house
        self._cloud = cloud
        self._voices: OrderedDict[_Key, _Kept] = OrderedDict()
        self._known: dict[str, Voice] | None = None
        self._opening = asyncio.Lock()

    async def speak(
        self, text: str, voice: str = "", speed: float = 1.0
    ) -> AsyncGenerator[AudioChunk, None]:
        """Sound as it becomes ready; `speed` 0.25 to 4. Raises EngineError."""
        async with self._borrowed(voice, speed) as kept:
            parts = say_whole(kept.voice, text, kept.language, first_clause=False)
            async with aclosing(parts):
                async for part in parts:
                    yield part.chunk

    def close(self) -> None:
        """Give every voice's memory and thread back; idempotent."""
        for kept in self._voices.values():
            kept.voice.close()
        self._voices.clear()

    @asynccontextmanager
    async def _borrowed(self, name: str, speed: float) -> AsyncIterator[_Kept]:
        kept = await self._find(name, speed)
        kept.speaking += 1
        try:
            yield kept
        finally:
            kept.speaking -= 1

    async def _find(self, name: str, speed: float) -> _Kept:
        async with self._opening:
            known = await self._all()
            key = name if name in known else "", round(speed * _SPEEDS) / _SPEEDS
            if key == ("", 1.0):
                return _Kept(await self._house(), self._language)
            if key not in self._voices:
                self._make_room()
                language = known[name].language if key[0] else self._language
                voice = await load(lambda: self._open(key, language))
                self._voices[key] = _Kept(voice, language)
            self._voices.move_to_end(key)
            return self._voices[key]

    async def _all(self) -> dict[str, Voice]:
        if self._known is None:
            found = await load(lambda: list_voices(self._config.engine))
            self._known = {voice.name: voice for voice in found}
        return self._known

    def _make_room(self) -> None:
        if len(self._voices) < MOST_VOICES:
            return
        silent = next((key for key, kept in self._voices.items() if not kept.speaking), None)
        if silent is None:
            raise EngineBusy("as many voices speak as there is room for; ask again in a moment")
        self._voices.pop(silent).voice.close()

    def _open(self, key: _Key, language: str) -> KeptVoice:
        name, speed = key
        rate = min(_FASTEST, max(_SLOWEST, speed * self._config.rate))
        config = self._config.model_copy(update={"voice": name or self._config.voice, "rate": rate})
        # Who asks keeps what it hears; here it would be kept twice.
        return open_tts(config, language, PhraseStore(0), self._cloud)
