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


class GroqAccount(OpenAiAccount):
    """[cloud.groq] Groq, beside OpenAI: either may do what the other does not."""

    base_url: Address = "https://api.groq.com/openai/v1"
    """Where it is reached."""


class AzureAccount(Section):
    """[cloud.azure] Azure AI Speech, which listens and speaks."""

    region: Annotated[str, Field(pattern=r"^[a-z0-9-]*$")] = ""
    """Region of the resource, e.g. westeurope."""
    base_url: Address = ""
    """Where it is reached; empty: at the hosts of the region."""
    key_file: Path | None = None
    """File with the key, or the name of a systemd credential."""


class DeepgramAccount(Section):
    """[cloud.deepgram] Deepgram, or whoever speaks as it does."""

    base_url: Address = "wss://api.deepgram.com/v1"
    """Where it is reached."""
    key_file: Path | None = None
    """File with the key, or the name of a systemd credential; None: it asks for none."""


class GeminiAccount(Section):
    """[cloud.gemini] Google's Gemini."""

    base_url: Address = "https://generativelanguage.googleapis.com"
    """Where it is reached."""
    key_file: Path | None = None
    """File with the key, or the name of a systemd credential."""


class TencentAccount(Section):
    """[cloud.tencent] Tencent Cloud."""

    base_url: Address = "wss://asr.cloud.tencent.com/asr/v2"
    """Where it is reached."""
    app_id: Annotated[str, Field(pattern=r"^\w*$")] = ""
    """AppID of the account."""
    secret_id: Annotated[str, Field(pattern=r"^\w*$")] = ""
    """SecretId of the key."""
    key_file: Path | None = None
    """File with the SecretKey, or the name of a systemd credential."""


class IflytekAccount(Section):
    """[cloud.iflytek] iFlytek."""

    base_url: Address = "wss://iat-api.xfyun.cn/v2/iat"
    """Where it is reached; languages other than Chinese and English are at iat-niche-api."""
    app_id: Annotated[str, Field(pattern=r"^\w*$")] = ""
    """APPID of the application."""
    key_file: Path | None = None
    """File with the APIKey, or the name of a systemd credential."""
    secret_file: Path | None = None
    """File with the APISecret, or the name of a systemd credential."""


class EdgeAccount(Section):
    """[cloud.edge] the voices of Microsoft Edge, which ask for no key."""

    base_url: Address = "wss://speech.platform.bing.com"
    """Where it is reached; whoever stands in must show the certificate of that name."""


class MiniMaxAccount(Section):
    """[cloud.minimax] MiniMax."""

    base_url: Address = "https://api.minimax.io/v1"
    """Where it is reached; in China at https://api.minimaxi.com/v1."""
    group_id: Annotated[str, Field(pattern=r"^\w*$")] = ""
    """GroupId of the account."""
    key_file: Path | None = None
    """File with the key, or the name of a systemd credential."""


class ElevenLabsAccount(Section):
    """[cloud.elevenlabs] ElevenLabs, or whoever speaks as it does."""

    base_url: Address = "wss://api.elevenlabs.io/v1"
    """Where it is reached."""
    key_file: Path | None = None
    """File with the key, or the name of a systemd credential."""


class CloudConfig(Section):
    """[cloud] the accounts."""

    openai: OpenAiAccount = OpenAiAccount()
    groq: GroqAccount = GroqAccount()
    azure: AzureAccount = AzureAccount()
    deepgram: DeepgramAccount = DeepgramAccount()
    gemini: GeminiAccount = GeminiAccount()
    tencent: TencentAccount = TencentAccount()
    iflytek: IflytekAccount = IflytekAccount()
    edge: EdgeAccount = EdgeAccount()
    minimax: MiniMaxAccount = MiniMaxAccount()
    elevenlabs: ElevenLabsAccount = ElevenLabsAccount()
