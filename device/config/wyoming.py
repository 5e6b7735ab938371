"""The speaker as a part of Home Assistant's Assist."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Self

from pydantic import model_validator

from device.config.gateway import Port
from device.config.section import Section


class WyomingConfig(Section):
    """[wyoming] the speaker as a satellite of Home Assistant, and its engines for others."""

    enabled: bool = False
    """Be a satellite; no port is open otherwise."""
    services: bool = False
    """Let others understand, speak and hear wake words with the engines that are here."""
    host: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")
    """Address to listen at; the protocol knows no password, so others need to be allowed."""
    port: Port = 10700
    """TCP port of the satellite."""
    services_port: Port = 10300
    """TCP port of the engines."""
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Who may connect besides this computer: addresses, or networks as 192.168.1.0/24."""
    announce: bool = True
    """Let Home Assistant find the satellite by itself (mDNS); needs the extra wyoming."""
    fallback: bool = True
    """Ask Home Assistant, while it is connected, what the speaker does not understand."""

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if not self.host.is_loopback and not self.allow:
            raise ValueError(
                f"others reach host = {self.host}: allow Home Assistant's address, or use 127.0.0.1"
            )
        if self.enabled and self.services and self.port == self.services_port:
            raise ValueError("port and services_port must differ")
        return self
