"""What runs in the replicas of a cluster, one engine each. Knows no Ray.

Each is made of the configuration on the machine where it runs: secrets and models lie there too.
"""

import time
from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from device.audio.chunk import AudioChunk
from device.audio.format import RATE, Samples
from device.config import Config
from device.engines import open_recognisers, open_voices
from device.errors import EngineBusy
from device.gateway.lending.audio_api import ChatRequest
from device.knowledge import open_knowledge
from device.ledger import Ledger
from device.lent.chat import ChatProxy
from device.lent.voices import LentVoices
from device.outside import Outside
from device.pipeline.base import KeptVoice
from device.pipeline.tts.cloud import CloudSpeech
from device.types import Transcript

_PROBE: Final = np.random.default_rng(0).normal(0, 300, RATE // 5).astype(np.int16)
_WORD: Final = "ok"


class Ears:
    """Understands speech."""

    def __init__(self, config: Config) -> None:
        """Load the engines of [stt]. Raises ConfigError and EngineError."""
        # What a house remembers is not for here, and a speaker on this machine has it open.
        with TemporaryDirectory() as nothing:
            known = open_knowledge(config, Path(nothing))
        self._language = config.device.language
        self._stt = open_recognisers(config, known.agent, known.home).at_home

    async def transcribe(self, samples: Samples, language: str) -> Transcript:
        """What was said in a sound of shape (n,). Raises EngineError."""
        return await self._stt.transcribe(samples, language or self._language)

    async def check_health(self) -> None:
        """Understand a moment of noise; who has much to do is well. Raises EngineError."""
        try:
            await self._stt.transcribe(_PROBE, self._language)
        except EngineBusy:
            return


class Voices:
    """Speaks."""

    def __init__(self, config: Config) -> None:
        """Load the voice of [tts]. Raises ConfigError and EngineError."""
        cloud = CloudSpeech(config.cloud)
        book = open_voices(config, cloud)

        async def main() -> KeptVoice:
            return book.main

        self._voices = LentVoices(config.tts, config.device.language, main, cloud)

    async def speak(
        self, text: str, voice: str = "", speed: float = 1.0
    ) -> AsyncGenerator[AudioChunk, None]:
        """Sound as it becomes ready. Raises EngineError."""
        async for chunk in self._voices.speak(text, voice, speed):
            yield chunk

    async def check_health(self) -> None:
        """Say a word; who has much to do is well. Raises EngineError."""
        try:
            async for _ in self.speak(_WORD):
                pass
        except EngineBusy:
            return


class Minds:
    """Passes questions on to the language models of [llm]."""

    def __init__(self, config: Config) -> None:
        """What is used is counted in each replica by itself. Raises ConfigError, EngineMissing."""
        ledger = Ledger(None, date.today, time.monotonic)
        outside = Outside(lambda _event: None, ledger.add)
        self._chat = ChatProxy(config.llm.servers, outside, ledger)

    async def chat(self, request: ChatRequest, body: bytes) -> AsyncGenerator[bytes, None]:
        """The answer as it is said. Raises LlmError and RequestInvalid."""
        async for piece in self._chat.chat(request, body):
            yield piece
