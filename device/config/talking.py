"""Understanding speech and answering it."""

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from device.config.conversing import ConversationEngine
from device.config.listening import (
    AzureSttConfig,
    CloudSttEngine,
    DeepgramSttConfig,
    GeminiSttConfig,
    GroqSttConfig,
    IflytekSttConfig,
    OpenAiSttConfig,
    TencentSttConfig,
)
from device.config.section import Section, Share

SttEngine = Literal["command", "whisper", "openai-whisper", CloudSttEngine]
STT_ENGINES: tuple[str, ...] = get_args(SttEngine)

TtsEngine = Literal["espeak", "piper", "openai", "edge", "azure", "minimax", "elevenlabs"]


_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$"


class DeviceConfig(Section):
    """[device] who this speaker is."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")] = "parlor"
    """Name in topics: lower-case letters, digits, _ and -."""
    name: str = "Parlor"
    """Name that people read."""
    area: str = ""
    """Room it stands in; "turn on the light" means that room's light."""
    language: Annotated[str, Field(pattern=_LANGUAGE)] = "en"
    """Language of commands and replies (ISO 639-1)."""
    languages: tuple[Annotated[str, Field(pattern=_LANGUAGE)], ...] = ()
    """Others that are spoken here too: which one a sentence is in is found out, where no wake word
    tells it. The command recogniser cannot, so it is then asked only if there is nobody else."""


Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
"""Two letters (ISO 639-1), or three."""


class SttConfig(Section):
    """[stt] understanding speech."""

    engines: tuple[SttEngine, ...] = ("command",)
    """Tried in order; the next one takes what one rejects."""
    languages: dict[Language, tuple[SttEngine, ...]] = Field(default_factory=dict)
    """Languages with engines of their own, e.g. zh = ["iflytek", "whisper"]."""
    command_threshold: Share = 0.5
    """Confidence under which the command recogniser rejects."""
    whisper_model: str = "tiny.en"
    """Model name under the models folder, or a path."""
    compute_type: Literal["int8", "int8_float32", "float32"] = "int8"
    """CTranslate2 arithmetic."""
    threads: Annotated[int, Field(ge=0, le=64)] = 0
    """Threads of one transcription; 0: one less than the cores."""
    beam: Annotated[int, Field(ge=1, le=3)] = 1
    """Beam width while somebody waits."""
    short_context: bool = True
    """Encode only as much as was said, not always 30 s."""
    early: bool = True
    """Understand while somebody speaks and at each pause; false: when the turn has ended."""
    correct: bool = True
    """Read what whisper and services elsewhere understood as names of the home and keywords where
    that makes sense of it."""
    keywords: dict[str, Annotated[float, Field(ge=0, le=4)]] = Field(default_factory=dict)
    """Further names that may be said, e.g. Siobhan = 2.0: how much is forgiven for each; 0: it must
    be heard right."""
    partials: Literal["auto", "on", "off"] = "auto"
    """What was understood so far is told while somebody speaks: auto: by the command recogniser
    on four cores or more, fewer have enough to do; on: by whatever listens; off: never."""
    openai: OpenAiSttConfig = OpenAiSttConfig()
    groq: GroqSttConfig = GroqSttConfig()
    azure: AzureSttConfig = AzureSttConfig()
    deepgram: DeepgramSttConfig = DeepgramSttConfig()
    gemini: GeminiSttConfig = GeminiSttConfig()
    tencent: TencentSttConfig = TencentSttConfig()
    iflytek: IflytekSttConfig = IflytekSttConfig()

    @property
    def every_engine(self) -> tuple[SttEngine, ...]:
        """Engines of any language, those of all languages first."""
        own = (engine for engines in self.languages.values() for engine in engines)
        return tuple(dict.fromkeys((*self.engines, *own)))


class TtsConfig(Section):
    """[tts] speaking."""

    engine: TtsEngine = "espeak"
    """espeak needs no download; piper needs a voice file; the others send what is said to the
    account of that name in [cloud], and espeak speaks where they fail."""
    voice: str = ""
    """Name of a voice (see parlor voices), or path of a Piper model; empty: by language."""
    model: str = ""
    """Name of the model at a service that has several; empty: its usual one."""
    wait_seconds: Annotated[float, Field(ge=0.1, le=30)] = 3.0
    """So long a service may let us wait for sound, at first or later; then espeak goes on."""
    rate: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    """Speed; 1 is normal."""
    volume: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0
    """Amplitude of the voice; 1 is normal."""
    pitch: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.0
    """Lower (-1) to higher (1), where the engine can."""
    cache_mb: Annotated[int, Field(ge=0, le=1_000)] = 16
    """Memory for phrases that come again."""


class DialogConfig(Section):
    """[dialog] conversation."""

    engine: ConversationEngine = "local"
    """Who answers: local: the speaker itself, with [llm] where that is configured; realtime,
    gemini: a model elsewhere that hears and speaks, and the speaker itself while it does not."""
    follow_up_seconds: Annotated[float, Field(ge=0, le=30)] = 0.0
    """Keep listening so long after a reply; 0: only after a question of our own."""
    snooze_minutes: Annotated[int, Field(ge=1, le=60)] = 9
    """After how long a snoozed alarm rings again."""
    filler_ms: Annotated[int, Field(ge=0, le=10_000)] = 1200
    """Say "one moment" when no answer is heard so long after the end of a sentence; 0: never."""
    session_seconds: Annotated[float, Field(ge=10, le=3600)] = 300.0
    """A conversation is over after so long a silence: "it" means nothing any more, and no model is
    told what was said before."""
    history_tokens: Annotated[int, Field(ge=0, le=100_000)] = 1_500
    """Of what was said lately a model is told so much, about; 0: nothing."""
    summaries: bool = True
    """The first model sums up turns that are too old to be told word for word; false: their first
    words are told."""
    share_profile: bool = True
    """What people asked to be remembered ("remember that ...") is told to the model too."""
    reply_cache: Annotated[int, Field(ge=0, le=100_000)] = 1_000
    """So many answers of a model are kept for an hour, for who asks the same; 0: none. None is kept
    that depends on time, home or person."""


class LlmServerConfig(Section):
    """[[llm.server]] a language model that is asked when those before it cannot answer."""

    base_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+\S*)?$")] = ""
    """Address of an OpenAI-compatible server, e.g. http://nas.local:11434/v1; empty: none."""
    model: str = ""
    """Name of the model there."""
    key_file: Path | None = None
    """File with the key, or the name of a systemd credential; None: the server asks for none."""
    first_token_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """The first word of an answer may take so long."""
    total_seconds: Annotated[float, Field(gt=0, le=300)] = 30.0
    """The whole of it may take so long."""
    requests_per_minute: Annotated[int, Field(ge=0)] = 0
    """It is asked so often at most, tools included; 0: as often as anybody wants."""
    requests_per_day: Annotated[int, Field(ge=0)] = 0
    """The same for a day."""
    tokens_per_minute: Annotated[int, Field(ge=0)] = 0
    """When so many tokens were sent and received, it is asked no more; 0: no limit."""
    tokens_per_day: Annotated[int, Field(ge=0)] = 0
    """The same for a day."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.base_url and not self.model:
            raise ValueError("model is missing: name a model that the server at base_url has")
        return self


class LlmConfig(LlmServerConfig):
    """[llm] the language model that is asked what the speaker does not understand."""

    server: tuple[LlmServerConfig, ...] = ()
    """Further ones, each asked when those before it cannot answer."""
    tools: bool = True
    """It may do in the home what people may ask for; who is let in is asked aloud all the same."""
    least_confidence: Share = 0.2
    """What was understood less surely, from 0 (a guess) to 1, is not sent: it is asked again."""
    early: bool = True
    """Ask while it is still awaited whether the person goes on; a question asked in vain is
    dropped."""

    judge: bool = False
    """Ask it too, at pauses, whether the sentence is over; what it has not said after 200 ms does
    not count."""

    @property
    def servers(self) -> tuple[LlmServerConfig, ...]:
        """All that have an address, in the order in which they are asked."""
        return tuple(one for one in (self, *self.server) if one.base_url)


class AnnounceConfig(Section):
    """[announce] what the speaker says of its own accord."""

    quiet_hours: Annotated[str, Field(pattern=r"^(\d\d:\d\d-\d\d:\d\d)?$")] = ""
    """When announcements wait that are not urgent, e.g. 22:00-07:00; empty: never."""
    repeat_seconds: Annotated[float, Field(ge=0, le=3600)] = 10.0
    """The same words are not announced again within so long."""
    queue: Annotated[int, Field(ge=1, le=100)] = 20
    """Announcements that may wait; further ones are refused."""
