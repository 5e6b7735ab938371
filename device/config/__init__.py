"""The sections of the configuration, with the default of every key.

An empty file is valid; an unknown key is a mistake. Secrets are file paths, or names of systemd
credentials, never values. `config_file.load` reads the file.
"""

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from device.config.care import (
    BudgetsConfig as BudgetsConfig,
)
from device.config.care import (
    CareConfig as CareConfig,
)
from device.config.cloud import (
    CloudConfig as CloudConfig,
)
from device.config.cluster import (
    ClusterConfig as ClusterConfig,
)
from device.config.conversing import (
    ConversationEngine as ConversationEngine,
)
from device.config.conversing import (
    GeminiConfig as GeminiConfig,
)
from device.config.conversing import (
    RealtimeConfig as RealtimeConfig,
)
from device.config.conversing import (
    SpeechModelConfig as SpeechModelConfig,
)
from device.config.duplex import (
    DuplexConfig as DuplexConfig,
)
from device.config.gateway import (
    GatewayConfig as GatewayConfig,
)
from device.config.gateway import (
    LiveKitConfig as LiveKitConfig,
)
from device.config.hardware import (
    GpioConfig as GpioConfig,
)
from device.config.hardware import (
    LedsConfig as LedsConfig,
)
from device.config.hearing import (
    AudioConfig as AudioConfig,
)
from device.config.hearing import (
    BargeInConfig as BargeInConfig,
)
from device.config.hearing import (
    VadConfig as VadConfig,
)
from device.config.hearing import (
    WakeConfig as WakeConfig,
)
from device.config.hearing import (
    WakeWordConfig as WakeWordConfig,
)
from device.config.home import (
    EntityConfig as EntityConfig,
)
from device.config.home import (
    HomeConfig as HomeConfig,
)
from device.config.home import (
    HooksConfig as HooksConfig,
)
from device.config.home import (
    MqttConfig as MqttConfig,
)
from device.config.home import (
    PlaceConfig as PlaceConfig,
)
from device.config.listening import (
    CLOUD_STT_ENGINES as CLOUD_STT_ENGINES,
)
from device.config.metrics import (
    MetricsConfig as MetricsConfig,
)
from device.config.mirror import (
    MirrorConfig as MirrorConfig,
)
from device.config.phone import (
    PhoneConfig as PhoneConfig,
)
from device.config.privacy import (
    PrivacyConfig as PrivacyConfig,
)
from device.config.section import (
    Section as Section,
)
from device.config.talking import (
    STT_ENGINES as STT_ENGINES,
)
from device.config.talking import (
    AnnounceConfig as AnnounceConfig,
)
from device.config.talking import (
    DeviceConfig as DeviceConfig,
)
from device.config.talking import (
    DialogConfig as DialogConfig,
)
from device.config.talking import (
    LlmConfig as LlmConfig,
)
from device.config.talking import (
    LlmServerConfig as LlmServerConfig,
)
from device.config.talking import (
    SttConfig as SttConfig,
)
from device.config.talking import (
    SttEngine as SttEngine,
)
from device.config.talking import (
    TtsConfig as TtsConfig,
)
from device.config.updates import (
    UpdatesConfig as UpdatesConfig,
)
from device.config.wyoming import (
    WyomingConfig as WyomingConfig,
)


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
    llm: LlmConfig = LlmConfig()
    realtime: RealtimeConfig = RealtimeConfig()
    gemini: GeminiConfig = GeminiConfig()
    cloud: CloudConfig = CloudConfig()
    duplex: DuplexConfig = DuplexConfig()
    barge_in: BargeInConfig = BargeInConfig()
    announce: AnnounceConfig = AnnounceConfig()
    leds: LedsConfig = LedsConfig()
    gpio: GpioConfig = GpioConfig()
    hooks: HooksConfig = HooksConfig()
    budgets: BudgetsConfig = BudgetsConfig()
    care: CareConfig = CareConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    updates: UpdatesConfig = UpdatesConfig()
    metrics: MetricsConfig = MetricsConfig()
    mirror: MirrorConfig = MirrorConfig()
    gateway: GatewayConfig = GatewayConfig()
    wyoming: WyomingConfig = WyomingConfig()
    cluster: ClusterConfig = ClusterConfig()

    @property
    def conversation_engines(self) -> frozenset[str]:
        """Everybody who answers at this speaker."""
        called = {word.agent for word in self.wake.word if word.agent}
        return frozenset({self.dialog.engine, *called})

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
