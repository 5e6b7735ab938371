"""Engines of [stt] that let a service elsewhere understand; their accounts are in [cloud]."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from device.config.section import Section

CloudSttEngine = Literal["openai", "groq", "azure", "deepgram", "gemini", "tencent", "iflytek"]
CLOUD_STT_ENGINES: tuple[str, ...] = get_args(CloudSttEngine)
"""Engines that send what they hear; each has the account of its name."""
Seconds = Annotated[float, Field(gt=0, le=120)]
"""How long connecting may take, and an answer."""
Model = Annotated[str, Field(pattern=r"^[\w.:/-]*$")]


class OpenAiSttConfig(Section):
    """[stt.openai] the transcription endpoint at [cloud.openai]."""

    model: Model = "whisper-1"
    """Name of the model there."""
    timeout_seconds: Seconds = 30.0
    """An answer may take so long."""


class GroqSttConfig(Section):
    """[stt.groq] the same at [cloud.groq]."""

    model: Model = "whisper-large-v3"
    """Name of the model there."""
    timeout_seconds: Seconds = 30.0
    """An answer may take so long."""


class AzureSttConfig(Section):
    """[stt.azure] Azure AI Speech at [cloud.azure]."""

    streaming: bool = False
    """Understand along, by Microsoft's Speech SDK (extra azure); false: sentence by sentence."""
    timeout_seconds: Seconds = 10.0
    """An answer may take so long."""


class DeepgramSttConfig(Section):
    """[stt.deepgram] Deepgram at [cloud.deepgram]."""

    model: Model = "nova-3"
    """Name of the model there."""
    endpointing_ms: Annotated[int, Field(ge=10, le=5_000)] = 300
    """What was said is final after so long a pause."""
    timeout_seconds: Seconds = 5.0
    """Connecting, and the answer after the last word, may take so long."""


class GeminiSttConfig(Section):
    """[stt.gemini] a Gemini model at [cloud.gemini]."""

    model: Model = "gemini-2.5-flash"
    """Name of the model there."""
    timeout_seconds: Seconds = 15.0
    """An answer may take so long."""


class TencentSttConfig(Section):
    """[stt.tencent] real-time speech recognition at [cloud.tencent]."""

    model: Model = ""
    """engine_model_type; empty: by language, e.g. 16k_zh."""
    timeout_seconds: Seconds = 5.0
    """Connecting, and the answer after the last word, may take so long."""


class IflytekSttConfig(Section):
    """[stt.iflytek] streaming dictation at [cloud.iflytek]."""

    timeout_seconds: Seconds = 5.0
    """Connecting, and the answer after the last word, may take so long."""
