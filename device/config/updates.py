"""Where new versions come from."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from device.config.section import Section


class UpdatesConfig(Section):
    """[updates] new versions of the speaker, from a server of one's own."""

    url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+\S*)?$")] = ""
    """Of the index that `parlor release build` leaves beside the bundles; empty: nobody is asked.
    """
    allowed_signers: Path | None = None
    """File of ssh keys one of which must have signed a bundle, as `parlor ssh-ed25519 AAAA...`."""
