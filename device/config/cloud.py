"""Accounts at services that listen, think or speak elsewhere; nothing is sent to one that no other
section names."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from device.config.section import Section

Address = Annotated[str, Field(pattern=r"^((https?|wss?)://[^\s/]+\S*)?$")]
"""Where a service is reached."""


class OpenAiAccount(Section):
    """[cloud.openai] OpenAI, or whoever speaks as it does: Groq, a server of one's own."""

    base_url: Address = "https://api.openai.com/v1"
    """Where it is reached."""
    key_file: Path | None = None
    """File with the key, or the name of a systemd credential; None: it asks for none."""


class CloudConfig(Section):
    """[cloud] the accounts."""

    openai: OpenAiAccount = OpenAiAccount()
