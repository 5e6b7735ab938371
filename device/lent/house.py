"""What one house lends to other speakers: the engines that serve it too."""

from collections.abc import AsyncGenerator

from device.assembly import House
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.config import Config
from device.core import Core
from device.gateway.lending.audio_api import ChatRequest
from device.lent.chat import ChatProxy
from device.lent.voices import LentVoices
from device.pipeline.base import KeptVoice
from device.types import Transcript


class LentHouse:
    """A `gateway.lending.Lender`."""

    def __init__(self, config: Config, house: House) -> None:
        """Raises ConfigError and EngineMissing."""
        self._language = config.device.language
        # What others say here is not sent on, as long as there is somebody here who understands it.
        self._stt = house.engines.stt.at_home
        self._chat = ChatProxy(config.llm.servers, house.outside, house.ledger)
        engines = house.engines

        async def main() -> KeptVoice:
            return (await engines.voices.book()).main

        self._voices = LentVoices(config.tts, self._language, main, engines.cloud)
        self.models = model_names(config)

    async def transcribe(self, samples: Samples, language: str) -> Transcript:
        """What was said in a sound of shape (n,). Raises EngineError."""
        return await self._stt.transcribe(samples, language or self._language)

    def speak(self, text: str, voice: str, speed: float) -> AsyncGenerator[AudioChunk, None]:
        """Sound as it becomes ready. Raises EngineError."""
        return self._voices.speak(text, voice, speed)

    def chat(self, request: ChatRequest, body: bytes) -> AsyncGenerator[bytes, None]:
        """The answer of the language model as it is said. Raises LlmError and RequestInvalid."""
        return self._chat.chat(request, body)

    def close(self) -> None:
        """Give back what only others use; idempotent."""
        self._voices.close()


def open_lent(core: Core, house: House) -> LentHouse:
    """Until the core is closed. Raises ConfigError and EngineMissing."""
    lent = LentHouse(core.config, house)
    core.stack.callback(lent.close)
    return lent


def model_names(config: Config) -> tuple[str, ...]:
    """Of the engines that understand, speak and think."""
    thinking = (server.model for server in config.llm.servers)
    return tuple(dict.fromkeys((*config.stt.every_engine, config.tts.engine, *thinking)))
