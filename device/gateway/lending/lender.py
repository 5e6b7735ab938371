"""What a house lends to other speakers and programs; who has the engines hands them in."""

from collections.abc import AsyncGenerator
from typing import Protocol

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.gateway.lending.audio_api import ChatRequest
from device.types import Transcript


class Lender(Protocol):
    """Ears, a voice and a mind."""

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the engines."""
        ...

    async def transcribe(self, samples: Samples, language: str) -> Transcript:
        """What was said in a sound of shape (n,); language empty: that of the house.

        Raises EngineError.
        """
        ...

    def speak(self, text: str, voice: str, speed: float) -> AsyncGenerator[AudioChunk, None]:
        """Sound, mono 16 bit, as it becomes ready; a voice that is not known: that of the house.

        Raises EngineError.
        """
        ...

    def chat(self, request: ChatRequest, body: bytes) -> AsyncGenerator[bytes, None]:
        """The answer of a language model to `body`, which is a `request`, as it is said.

        Raises LlmError, and RequestInvalid for what the model's server does not take.
        """
        ...
