"""What monitoring reads of a speaker."""

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from pydantic import Field

from device.config.section import Section


class MetricsConfig(Section):
    """[metrics] a page for Prometheus at /metrics, and one for probes at /health."""

    enabled: bool = False
    """Serve them; no port is open otherwise."""
    host: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")
    """Address to listen at. There is no password: whoever reaches it can read."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 9733
    """TCP port."""
