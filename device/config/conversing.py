"""Models elsewhere that hear and speak, in place of the local chain."""

from typing import Annotated, Literal

from pydantic import Field

from device.config.section import Milliseconds, Section

ConversationEngine = Literal["local", "realtime", "gemini", "duplex", "home-assistant"]
"""Who answers; Home Assistant is asked over [wyoming]."""


class SpeechModelConfig(Section):
    """A model that hears and speaks."""

    model: str = ""
    """Its name at the service."""
    voice: str = ""
    """Its voice; empty: the usual one."""
    tokens_per_day: Annotated[int, Field(ge=0)] = 0
    """When so many were used the local chain answers for the rest of the day; 0: no limit."""


class RealtimeConfig(SpeechModelConfig):
    """[realtime] a model behind OpenAI's Realtime protocol, at the account [cloud.openai]."""

    voice: str = "alloy"
    """Its voice."""
    transcription: str = "whisper-1"
    """Model that writes down what was said; empty: nobody does."""
    silence_ms: Milliseconds = 500
    """Silence after which the service takes a sentence to be over."""
    session_seconds: Annotated[float, Field(gt=0, le=3_600)] = 600.0
    """A session ends after so long; the next sentence begins another one."""
    session_tokens: Annotated[int, Field(ge=0)] = 0
    """It ends too when it has used so many tokens, sent and received; 0: no limit."""


class GeminiConfig(SpeechModelConfig):
    """[gemini] a model behind Google's Live API, at the account [cloud.gemini]."""
