"""Voices of services elsewhere."""

from pathlib import Path
from typing import Final

from device.breaker import Breaker
from device.config import CloudConfig, TtsConfig
from device.errors import ConfigError
from device.executor import Executor
from device.folders import read_key, read_secret
from device.outside import Outside
from device.pipeline.tts.cloud.azure import AzureSpeech
from device.pipeline.tts.cloud.base import CloudTts, SpeechService
from device.pipeline.tts.cloud.edge import EdgeSpeech
from device.pipeline.tts.cloud.elevenlabs import ElevenLabsSpeech
from device.pipeline.tts.cloud.http import HttpService, HttpWay
from device.pipeline.tts.cloud.minimax import MiniMaxSpeech
from device.pipeline.tts.cloud.openai import OpenAiSpeech
from device.pipeline.tts.cloud.voices import find_voice
from device.pipeline.tts.cloud.websocket import WebSocketService
from device.pipeline.tts.prosody import Prosody
from device.types import Voice

_FAILURES: Final = 2
"""So many sentences in a row wait for a service that does not speak."""


class CloudSpeech:
    """Opens voices of the accounts, and owns the ways to them; one for all voices of a speaker."""

    def __init__(self, accounts: CloudConfig | None = None, outside: Outside | None = None) -> None:
        """`outside` is told what leaves and what it costs; None: nobody asks, as in a program."""
        self._accounts = accounts or CloudConfig()
        self._outside = outside or Outside(lambda _event: None)
        self._way: HttpWay | None = None
        self._sockets: list[WebSocketService] = []
        self.breaker = Breaker(_FAILURES)
        """Of the service that speaks."""

    def open(
        self, config: TtsConfig, language: str, prosody: Prosody, executor: Executor
    ) -> CloudTts:
        """The voice of a service; `executor` decodes, and stays its opener's.

        Raises ConfigError, EngineMissing and ModelMissing.
        """
        voice = find_voice(config.engine, language, config.voice)
        service = self._service(config, voice, prosody, executor)
        return CloudTts(service, self._outside, config.wait_seconds, max(1.0, 1 / prosody.rate))

    async def close(self) -> None:
        """Disconnect; idempotent."""
        way, self._way = self._way, None
        sockets, self._sockets = self._sockets, []
        if way is not None:
            await way.close()
        for socket in sockets:
            await socket.close()

    def _service(
        self, config: TtsConfig, voice: Voice, prosody: Prosody, executor: Executor
    ) -> SpeechService:
        cloud, model = self._accounts, config.model
        match config.engine:
            case "openai":
                url, key = cloud.openai.base_url, read_key(cloud.openai.key_file)
                return self._http(OpenAiSpeech(url, key, voice, model, prosody))
            case "azure":
                return self._http(
                    AzureSpeech(_azure_url(cloud), _needed(cloud.azure.key_file, "azure"), voice,
                                prosody)
                )  # fmt: skip
            case "minimax":
                account = cloud.minimax
                return self._http(
                    MiniMaxSpeech(account.base_url, account.group_id,
                                  _needed(account.key_file, "minimax"), voice, model, prosody)
                )  # fmt: skip
            case "elevenlabs":
                url = cloud.elevenlabs.base_url
                key = _needed(cloud.elevenlabs.key_file, "elevenlabs")
                return self._socket(ElevenLabsSpeech(url, key, voice, model, prosody))
            case _:
                return EdgeSpeech(executor, cloud.edge.base_url, voice, prosody)

    def _http(self, dialect: OpenAiSpeech | AzureSpeech | MiniMaxSpeech) -> HttpService:
        self._way = self._way or HttpWay()
        return HttpService(dialect, self._way)

    def _socket(self, dialect: ElevenLabsSpeech) -> WebSocketService:
        self._sockets.append(WebSocketService(dialect))
        return self._sockets[-1]


def _needed(file: Path | None, service: str) -> str:
    if file is None:
        raise ConfigError(f"[cloud.{service}] key_file is missing: name the file with the key")
    return read_secret(file)


def _azure_url(cloud: CloudConfig) -> str:
    account = cloud.azure
    if not (account.base_url or account.region):
        raise ConfigError("[cloud.azure] region is missing: name the region of the resource")
    return account.base_url or f"https://{account.region}.tts.speech.microsoft.com"
