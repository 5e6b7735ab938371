from functools import partial
from pathlib import Path

from device.config import CloudConfig, SttConfig
from device.config.cloud import AzureAccount
from device.errors import ConfigError
from device.folders import read_key
from device.outside import Outside
from device.pipeline.base import SpeechToText
from device.pipeline.stt.cloud.azure import AzureForm, azure_url
from device.pipeline.stt.cloud.azure_sdk import AzureSdk, AzureSession
from device.pipeline.stt.cloud.deepgram import Deepgram
from device.pipeline.stt.cloud.gemini import GeminiForm
from device.pipeline.stt.cloud.iflytek import Iflytek
from device.pipeline.stt.cloud.openai import OpenAiForm
from device.pipeline.stt.cloud.posted import Form, PostedStt
from device.pipeline.stt.cloud.service import Service
from device.pipeline.stt.cloud.session import Session
from device.pipeline.stt.cloud.streamed import StreamedStt
from device.pipeline.stt.cloud.tencent import Tencent
from device.pipeline.stt.cloud.wire import Tongue

_STREAMED = ("deepgram", "tencent", "iflytek")


def open_cloud(
    engine: str, config: SttConfig, cloud: CloudConfig, language: str, outside: Outside
) -> SpeechToText:
    """The engine of this name, with its account; it connects when somebody speaks.

    Raises ConfigError when the account is not complete, and EngineMissing.
    """
    seconds: float = getattr(config, engine).timeout_seconds
    base_url = getattr(cloud, engine).base_url or azure_url("", cloud.azure.region)
    service = Service(engine, base_url, outside)
    if engine in _STREAMED:
        tongue = _tongue(engine, config, cloud)
        begin = partial(Session, service, tongue, seconds=seconds)
        return StreamedStt(service, begin, language)
    if engine == "azure" and config.azure.streaming:
        sdk = AzureSdk(base_url, _azure_key(cloud.azure))
        return StreamedStt(service, partial(AzureSession, service, sdk, seconds=seconds), language)
    return PostedStt(service, _form(engine, config, cloud), language, seconds)


def _form(engine: str, config: SttConfig, cloud: CloudConfig) -> Form:
    """How a service is asked that is asked for whole sentences."""
    if engine == "azure":
        return AzureForm(cloud.azure.base_url, cloud.azure.region, _azure_key(cloud.azure))
    if engine == "gemini":
        key = _secret("gemini", "key_file", cloud.gemini.key_file)
        return GeminiForm(cloud.gemini.base_url, key, config.gemini.model)
    groq = engine == "groq"
    account = cloud.groq if groq else cloud.openai
    model = config.groq.model if groq else config.openai.model
    return OpenAiForm(account.base_url, read_key(account.key_file), model)


def _tongue(engine: str, config: SttConfig, cloud: CloudConfig) -> Tongue:
    """How a service is spoken to that listens along."""
    if engine == "deepgram":
        deepgram, options = cloud.deepgram, config.deepgram
        key = read_key(deepgram.key_file)
        return Deepgram(deepgram.base_url, key, options.model, options.endpointing_ms)
    if engine == "tencent":
        tencent = cloud.tencent
        return Tencent(
            tencent.base_url, _needed("tencent", "app_id", tencent.app_id),
            _needed("tencent", "secret_id", tencent.secret_id),
            _secret("tencent", "key_file", tencent.key_file), config.tencent.model,
        )  # fmt: skip
    iflytek = cloud.iflytek
    return Iflytek(
        iflytek.base_url, _needed("iflytek", "app_id", iflytek.app_id),
        _secret("iflytek", "key_file", iflytek.key_file),
        _secret("iflytek", "secret_file", iflytek.secret_file),
    )  # fmt: skip


def _azure_key(azure: AzureAccount) -> str:
    if not azure.base_url:
        _needed("azure", "region", azure.region)
    return _secret("azure", "key_file", azure.key_file)


def _secret(account: str, name: str, file: Path | None) -> str:
    return _needed(account, name, read_key(file))


def _needed(account: str, name: str, value: str) -> str:
    if not value:
        raise ConfigError(f"[cloud.{account}] {name} is missing or empty; [stt] names {account}")
    return value
