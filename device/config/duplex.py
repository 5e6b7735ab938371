"""A model that hears and speaks at the same time."""

from typing import Annotated, Literal

from pydantic import Field

from device.config.cloud import Address
from device.config.section import Section


class DuplexConfig(Section):
    """[duplex] a model that hears and speaks at once; `[dialog] engine = "duplex"` asks it."""

    base_url: Address = ""
    """Address of a Moshi server, e.g. http://nas.local:8998; empty: the model runs here."""
    variant: str = "moshiko"
    """The one that runs here: its folder, a path or a name in the models folders."""
    device: Literal["cpu", "cuda"] = "cpu"
    """What it computes on here."""
    session_seconds: Annotated[float, Field(ge=10, le=3_600)] = 300.0
    """A conversation ends after so long; the next sentence begins another one."""
