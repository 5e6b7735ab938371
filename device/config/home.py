"""The home: its broker, its things, and programs of its own."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from device.config.section import Section
from device.types import Domain

HookName = Literal[
    "startup", "connected", "disconnected", "detect", "detection", "streaming-start",
    "streaming-stop", "stt-start", "stt-stop", "transcript", "synthesize", "tts-start", "tts-stop",
    "tts-played", "error", "timer-started", "timer-updated", "timer-cancelled", "timer-finished",
    "duck", "unduck",
]  # fmt: skip
"""What programs can be run for; `device.hooks` says when."""


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
    """Key of the state inside a JSON report, dots for nested ones, or a Jinja template of `value`
    and `value_json`."""
    device_class: str = ""
    """Home Assistant's device class, e.g. blind, garage, door, temperature."""
    unit: str = ""
    """Unit of a sensor's value, e.g. °C."""
    payloads: dict[str, str] = Field(default_factory=dict)
    """Payload templates by service, e.g. turn_on = "ON"; {brightness} and such are filled in;
    {brightness_1000} is the brightness on a scale to 1000."""


class PlaceConfig(Section):
    """[[home.place]] what the discovery topics do not tell of an entity."""

    name: str
    """The name it announces, or its id."""
    area: str = ""
    """Room."""
    aliases: tuple[str, ...] = ()
    """Other names people say."""
    hidden: bool = False
    """It is never spoken about."""


class HomeConfig(Section):
    """[home] what can be controlled."""

    confirm_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a device may take to report before the speaker says so."""
    learn: bool = True
    """Learn what is there from the discovery topics of the devices."""
    zigbee2mqtt: str = "zigbee2mqtt"
    """Base topic of zigbee2mqtt; empty: its list of devices is not read."""
    floors: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Rooms by floor, e.g. upstairs = ["Bedroom", "Bathroom"]."""
    assistant: str = ""
    """Home Assistant's address, e.g. http://homeassistant.local:8123: it is asked what the speaker
    does not understand. Empty: nobody is asked."""
    assistant_token_file: Path | None = None
    """File with a long-lived access token, or the name of a systemd credential."""
    entity: tuple[EntityConfig, ...] = ()
    """The entities."""
    place: tuple[PlaceConfig, ...] = ()
    """Where learned entities are, and what else they are called."""


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
    cert_file: Path | None = None
    """Certificate of this speaker, for brokers that ask for one."""
    key_file: Path | None = None
    """Its private key, or the name of a systemd credential."""
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    """auto: MQTT 5, and 3.1.1 with a broker that knows no other."""
    event_queue: Annotated[int, Field(ge=0, le=10_000)] = 100
    """Events kept for the broker while it is away; the oldest are dropped."""
    discovery: bool = True
    """Announce the speaker to Home Assistant."""
    discovery_prefix: Annotated[str, Field(pattern=r"^[^+#]+$")] = "homeassistant"
    """Where devices announce themselves, and where this one does."""
    hermes: bool = False
    """Tell intents, wake words and texts in the form of Rhasspy's Hermes too."""
    keepalive_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
    """Silence after which the broker declares us gone."""


class HooksConfig(Section):
    """[hooks] programs to run when something happens, each a list: program, arguments."""

    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    """A program that runs longer is ended."""
    command: dict[HookName, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """Program by hook name, e.g. transcript = ["/usr/local/bin/log-it", "--kitchen"]."""
