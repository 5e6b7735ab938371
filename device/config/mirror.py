"""Servers of one's own that are asked instead of publishers."""

from typing import Annotated

from pydantic import Field

from device.config.section import Section


class MirrorConfig(Section):
    """[mirror] servers of one's own that are asked instead of publishers."""

    models: Annotated[str, Field(pattern=r"^(https?://[^\s/]+\S*)?$")] = ""
    """Address of a models folder, for `parlor models fetch`; empty: the publishers are asked."""
