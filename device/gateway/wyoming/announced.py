"""Tells the network by mDNS that a satellite is here, so that Home Assistant finds it."""

import asyncio
import logging
import socket
import uuid
from typing import Final

from device.config import Config

_LOGGER = logging.getLogger(__name__)

KIND: Final = "_wyoming._tcp.local."
_MULTICAST: Final = {socket.AF_INET: "224.0.0.251", socket.AF_INET6: "ff02::fb"}
_MDNS_PORT: Final = 5353


class Announced:
    """Run it as a supervised task."""

    def __init__(self, config: Config) -> None:
        self._config = config.wyoming
        # Two speakers may have the same id; Home Assistant knows them again by this name.
        self.name = f"{config.device.id}-{uuid.getnode():012x}.{KIND}"

    async def run(self) -> None:
        """Be found until cancelled. Raises OSError when there is no network to be found on."""
        try:
            from zeroconf import ServiceInfo
            from zeroconf.asyncio import AsyncZeroconf
        except ImportError:
            _LOGGER.warning(
                "nobody finds the satellite by itself: pip install 'parlor-speaker[wyoming]', or "
                "set [wyoming] announce = false"
            )
            return
        address = _address(str(self._config.host))
        port = self._config.port
        service = ServiceInfo(KIND, self.name, port=port, parsed_addresses=[address])
        network = AsyncZeroconf(interfaces=[address])
        try:
            await network.async_register_service(service)
            await asyncio.Event().wait()
        finally:
            await network.async_unregister_service(service)
            await network.async_close()


def _address(host: str) -> str:
    """Where others reach what listens at `host`: for all addresses, the one of the way out."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if host not in ("0.0.0.0", "::"):
        return host
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        # Nothing is sent: the kernel only looks for the way.
        probe.connect((_MULTICAST[family], _MDNS_PORT))
        return str(probe.getsockname()[0])
