"""The sections of the configuration, with the default of every key.

An empty file is valid; an unknown key is a mistake. Secrets are file paths, or names of systemd
credentials, never values. `config_file.load` reads the file.
"""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from device.types import Domain

Share = Annotated[float, Field(ge=0.0, le=1.0)]
SttEngine = Literal["command", "whisper", "openai-whisper"]
STT_ENGINES: tuple[str, ...] = get_args(SttEngine)
Milliseconds = Annotated[int, Field(ge=0, le=600_000)]


class Section(BaseModel):
    """A section of the file: frozen, with no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class DeviceConfig(Section):
    """[device] who this speaker is."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")] = "parlor"
    """Name in topics: lower-case letters, digits, _ and -."""
    name: str = "Parlor"
    """Name that people read."""
    area: str = ""
    """Room it stands in; "turn on the light" means that room's light."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")] = "en"
    """Language of commands and replies (ISO 639-1)."""


class AudioConfig(Section):
    """[audio] microphone and loudspeaker."""

    backend: Literal["pyaudio", "subprocess"] = "pyaudio"
    """pyaudio: PortAudio on ALSA; subprocess: arecord and aplay."""
    input: str | int = "default"
    """Microphone: part of its name, or its index (see `parlor devices`)."""
    output: str | int = "default"
    """Loudspeaker: part of its name, or its index."""
    rate: Annotated[int, Field(ge=0, le=192_000)] = 0
    """Samples a second asked of both; 0: microphone 16,000 if offered, loudspeaker its own."""
    channels: Annotated[int, Field(ge=1, le=16)] = 1
    """Channels the microphone delivers."""
    channel: int | Literal["best", "beam"] = 0
    """Which channel to hear: an index, the best one, or all of them by delay-and-sum."""
    volume: Share = 0.7
    """Loudness of replies at start."""
    earcons: bool = True
    """Chimes at wake, end of listening, error, mute."""


class WakeWordConfig(Section):
    """[[wake.word]] one wake word."""

    name: str = ""
    """A built-in word, e.g. hey_jarvis, or the name for a custom model."""
    path: Path | None = None
    """Custom model file."""
    engine: Literal[
        "", "cascade", "openwakeword", "microwakeword", "porcupine", "openwakeword-onnx"
    ] = ""
    """Empty: the engine of [wake]."""
    language: str = ""
    """Language that this word starts; empty: that of the device."""
    voice: str = ""
    """Voice that answers; empty: that of [tts]."""
    threshold: Share | None = None
    """Score from which it counts; None: that of [wake]."""
    sensitivity: Share | None = None
    """The same the other way round, as Porcupine has it: 1 less the threshold. Give one of them."""

    @model_validator(mode="after")
    def _named(self) -> "WakeWordConfig":
        if not self.name and self.path is None:
            raise ValueError("a wake word needs a name or a path")
        if self.threshold is not None and self.sensitivity is not None:
            raise ValueError("give a wake word a threshold or a sensitivity, not both")
        return self

    @property
    def label(self) -> str:
        """Name in events."""
        return self.name or (self.path.stem if self.path else "")


class WakeConfig(Section):
    """[wake] which words wake the speaker."""

    engine: Literal[
        "cascade", "openwakeword", "microwakeword", "porcupine", "openwakeword-onnx"
    ] = "cascade"
    """Engine of words that name none."""
    fallback: bool = True
    """Start on the default engine when the named one cannot start."""
    threshold: Share | None = None
    """Score from which a word counts; lower hears more and errs more. For Porcupine 1 less its
    sensitivity. None: 0.5, for microWakeWord the cut-off of the model's author."""
    refractory_seconds: Annotated[float, Field(ge=0, le=60)] = 2.0
    """How long the same word is not heard again."""
    access_key_file: Path | None = None
    """File with the Porcupine AccessKey, or the name of a systemd credential."""
    word: tuple[WakeWordConfig, ...] = (WakeWordConfig(name="hey_jarvis"),)
    """The words."""

    @model_validator(mode="after")
    def _distinct(self) -> "WakeConfig":
        labels = [word.label for word in self.word]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"wake word named twice: {', '.join(twice)}")
        return self


class VadConfig(Section):
    """[vad] when a sentence has begun and ended."""

    engine: Literal["silero", "webrtc"] = "silero"
    """Voice activity detector."""
    aggressiveness: Annotated[int, Field(ge=0, le=3)] = 2
    """webrtc: how readily sound is called noise."""
    chunk_ms: Literal[10, 20, 30] = 30
    """webrtc: length of one decision."""
    threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """silero: probability from which sound is speech."""
    min_speech_ms: Milliseconds = 250
    """Speech shorter than this is a noise."""
    start_share: Annotated[float, Field(gt=0.5, le=1.0)] = 0.8
    """Share of a 300 ms window that must be speech for a sentence to begin."""
    padding_ms: Annotated[int, Field(ge=0, le=1_000)] = 300
    """Sound kept before and after a sentence."""
    strategy: Literal["fixed", "dynamic"] = "dynamic"
    """fixed: wait silence_ms; dynamic: less, by the person's own pauses and what was said."""
    silence_ms: Milliseconds = 800
    """Silence that ends the turn."""
    min_silence_ms: Milliseconds = 400
    """dynamic: silence that ends a turn that is a whole command."""
    no_speech_ms: Milliseconds = 5_000
    """Give up when nobody speaks for so long after the wake word."""
    max_seconds: Annotated[float, Field(ge=2, le=60)] = 15.0
    """A sentence is cut after so long."""


class SttConfig(Section):
    """[stt] understanding speech."""

    engines: tuple[SttEngine, ...] = ("command",)
    """Tried in order; the next one takes what one rejects."""
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


class TtsConfig(Section):
    """[tts] speaking."""

    engine: Literal["espeak", "piper"] = "espeak"
    """espeak needs no download; piper needs a voice file."""
    voice: str = ""
    """espeak voice name or Piper model (name or path); empty: by language."""
    rate: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    """Speed; 1 is normal."""
    volume: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0
    """Amplitude of the voice; 1 is normal."""
    pitch: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.0
    """Lower (-1) to higher (1), where the engine can."""
    cache_mb: Annotated[int, Field(ge=0, le=1_000)] = 16
    """Memory for phrases that come again."""


class EntityConfig(Section):
    """[[home.entity]] something in the home."""

    name: str
    """The name people say."""
    domain: Domain
    """light, switch, fan, cover, ..."""
    id: str = ""
    """domain.object_id; empty: made from the name."""
    area: str = ""
    """Room."""
    floor: str = ""
    """Floor."""
    aliases: tuple[str, ...] = ()
    """Other names people say."""
    preset: Literal["", "zigbee2mqtt", "tasmota", "esphome"] = ""
    """Whose topics it uses."""
    topic: str = ""
    """Base of the preset's topics; empty: made from the name."""
    command_topic: str = ""
    """Where commands go when there is no preset, or another place than the preset's."""
    state_topic: str = ""
    """Where the device reports."""
    value_key: str = ""
    """Key of the state inside a JSON report, dots for nested ones."""
    device_class: str = ""
    """Home Assistant's device class, e.g. blind, garage, door, temperature."""
    unit: str = ""
    """Unit of a sensor's value, e.g. °C."""
    payloads: dict[str, str] = Field(default_factory=dict)
    """Payload templates by service, e.g. turn_on = "ON"; {brightness} and such are filled in."""


class HomeConfig(Section):
    """[home] what can be controlled."""

    confirm_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a device may take to report before the speaker says so."""
    entity: tuple[EntityConfig, ...] = ()
    """The entities."""


class MqttConfig(Section):
    """[mqtt] the broker."""

    enabled: bool = True
    """Connect at all."""
    host: str = "localhost"
    """Name or address of the broker."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    """TCP port."""
    username: str = ""
    """Empty: anonymous."""
    password_file: Path | None = None
    """File with the password, or the name of a systemd credential."""
    tls: bool = False
    """Encrypt."""
    ca_file: Path | None = None
    """Certificate authority; None: those of the system."""
    keepalive_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
    """Silence after which the broker declares us gone."""


class DialogConfig(Section):
    """[dialog] conversation."""

    follow_up_seconds: Annotated[float, Field(ge=0, le=30)] = 0.0
    """Keep listening so long after a reply; 0: only after a question of our own."""


class Config(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        env_prefix="PARLOR_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    device: DeviceConfig = DeviceConfig()
    audio: AudioConfig = AudioConfig()
    wake: WakeConfig = WakeConfig()
    vad: VadConfig = VadConfig()
    stt: SttConfig = SttConfig()
    tts: TtsConfig = TtsConfig()
    home: HomeConfig = HomeConfig()
    mqtt: MqttConfig = MqttConfig()
    dialog: DialogConfig = DialogConfig()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the files."""
        return env_settings, init_settings
