"""What a turn may take, and when the speaker does with less."""

from typing import Annotated

from pydantic import Field, model_validator

from device.config.section import Milliseconds, Section

Celsius = Annotated[float, Field(ge=0, le=150)]


class BudgetsConfig(Section):
    """[budgets] what the stages of a turn may take before a warning."""

    vad_ms: Milliseconds = 50
    """Sound that was captured and not yet listened to when the turn ended."""
    stt_ms: Milliseconds = 500
    """End of turn to transcript."""
    llm_ms: Milliseconds = 1_000
    """Transcript to the first words of an answer that is no command."""
    tts_ms: Milliseconds = 200
    """Reply text to first sound."""
    end_to_end_ms: Milliseconds = 2_000
    """End of speech to first sound."""
    give_up_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    """A turn in which nothing is audible for so long says so and ends."""


class CareConfig(Section):
    """[care] looking after the device itself."""

    degrade: bool = True
    """Do with less while turns take too long, or the computer is too hot or throttled."""
    hot_celsius: Celsius = 80.0
    """From here on the computer is too hot; a Pi slows itself down soon after."""
    cool_celsius: Celsius = 70.0
    """Below this it is cool again."""

    @model_validator(mode="after")
    def _apart(self) -> "CareConfig":
        if self.cool_celsius >= self.hot_celsius:
            raise ValueError("cool_celsius must be below hot_celsius")
        return self
