"""Stands where no engine understands the language: it can be typed, and the speaker says why."""

from device.audio.format import Samples
from device.errors import ModelMissing
from device.types import Transcript


class NoRecogniser:
    """Understands nobody."""

    def __init__(self, reason: str) -> None:
        """`reason`: what is missing and what to do."""
        self.reason = reason
        """What every attempt to understand raises."""

    @property
    def name(self) -> str:
        """Engine name."""
        return "none"

    async def transcribe(
        self, samples: Samples, language: str | None = None, phrases: tuple[str, ...] = ()
    ) -> Transcript:
        """Raises ModelMissing, always."""
        raise ModelMissing(self.reason)
