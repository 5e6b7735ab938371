"""Voices that come over the network."""

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from device.config.conversing import ConversationEngine
from device.config.phone import PhoneConfig
from device.config.section import Section

Port = Annotated[int, Field(ge=1, le=65_535)]


class IceServerConfig(Section):
    """[[gateway.ice_server]] helps WebRTC peers who do not see each other's addresses."""

    url: Annotated[str, Field(pattern=r"^(stuns?:[^?\s]+|turns?:\S+)$")]
    """stun:host:port, or turn:host:port?transport=udp; one of each kind is asked."""
    username: str = ""
    """TURN asks for one."""
    credential_file: Path | None = None
    """File with its password, or the name of a systemd credential."""


class LiveKitConfig(Section):
    """[gateway.livekit] a LiveKit room that we join as one more participant."""

    url: Annotated[str, Field(pattern=r"^(wss?://\S+)?$")] = ""
    """Address of the server, e.g. wss://livekit.example.org; empty: none."""
    token_file: Path | None = None
    """File with the access token, which names room and participant, or the name of a systemd
    credential; it is read each time we join."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.url and self.token_file is None:
            raise ValueError("token_file is missing: an access token names the room")
        return self


class GatewayConfig(Section):
    """[gateway] conversations for browsers and programs; needs the extra gateway."""

    enabled: bool = False
    """Serve them; no port is open otherwise."""
    host: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")
    """Address to listen at; one that others reach needs token_file."""
    port: Port = 8770
    """TCP port of all doors."""
    simple_port: Annotated[int, Field(ge=0, le=65_535)] = 8765
    """TCP port of the simple dialect of voice chat, whose clients know no path; 0: none."""
    token_file: Path | None = None
    """File with the tokens that let in, one a line; a client shows one of them."""
    tls_cert: Path | None = None
    """Certificate chain (PEM); with tls_key all is served over TLS."""
    tls_key: Path | None = None
    """Its private key (PEM)."""
    origins: tuple[str, ...] = ()
    """Sites whose pages may connect, as https://home.example.org; our own always may."""
    sessions: Annotated[int, Field(ge=1, le=100)] = 8
    """Conversations at a time; who comes then is told that the house is full."""
    idle_seconds: Annotated[float, Field(gt=0)] = 600.0
    """A conversation ends when nobody said anything for so long."""
    total_seconds: Annotated[float, Field(gt=0)] = 14_400.0
    """It ends after so long at the latest."""
    knocks_per_minute: Annotated[float, Field(gt=0)] = 120.0
    """So often one client may connect, after the first 30."""
    audio_api: bool = False
    """Other speakers and programs may use the engines of this house too: OpenAI's HTTP API under
    /v1 understands, speaks and passes on to [llm]."""
    voice_engine: ConversationEngine = "local"
    """Who answers in voice chat, the page's too."""
    realtime_engine: ConversationEngine = "local"
    """Who answers behind OpenAI's Realtime protocol."""
    webrtc_engine: ConversationEngine = "local"
    """Who answers over WebRTC, and in a LiveKit room."""
    phone_engine: ConversationEngine = "local"
    """Who answers the telephone."""
    livekit: LiveKitConfig = LiveKitConfig()
    ice_server: tuple[IceServerConfig, ...] = ()
    """Asked for the address that a WebRTC peer sees; none: only neighbours can connect."""
    phone: PhoneConfig = PhoneConfig()

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if not self.host.is_loopback and self.token_file is None:
            raise ValueError(
                f"others reach host = {self.host}: name a token_file, or use 127.0.0.1"
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key need each other")
        return self
