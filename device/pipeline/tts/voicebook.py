"""The voices of one speaker: one for every language and name that is asked for."""

import logging

from device.config import TtsConfig
from device.errors import EngineError
from device.executor import DeferredExecutor, Executor
from device.pipeline.base import KeptVoice, Unusable
from device.pipeline.tts import open_tts
from device.pipeline.tts.cache import PhraseStore
from device.pipeline.tts.cloud import CloudSpeech

_LOGGER = logging.getLogger(__name__)


class VoiceBook:
    """Opens voices; all of them keep their phrases in one store."""

    def __init__(
        self, config: TtsConfig, language: str, cloud: CloudSpeech | None = None,
        unusable: Unusable | None = None,
    ) -> None:  # fmt: skip
        """Open the voice of [tts]; `cloud` has the voices of services.

        When it cannot be opened, `unusable` is told and espeak-ng speaks. Raises ConfigError and,
        where nobody is told or espeak-ng cannot either, EngineMissing, ModelMissing, ModelInvalid.
        """
        self._config = config
        self._language = language
        self._executor: Executor = DeferredExecutor("voices")
        self._cloud = cloud
        self._store = PhraseStore(config.cache_mb * 1_000_000)
        self._voices: dict[tuple[str, str], KeptVoice] = {}
        self.main = self._first(unusable)
        """The voice of [tts]."""

    def load(self, language: str = "", name: str = "") -> KeptVoice:
        """The voice of this name or of this language, opened when it is not yet.

        Raises EngineMissing, ModelMissing or ModelInvalid.
        """
        key = self._key(language, name)
        if key not in self._voices:
            config = self._config.model_copy(update={"voice": key[1]})
            self._voices[key] = open_tts(config, key[0], self._store, self._cloud)
        return self._voices[key]

    async def find(self, language: str = "", name: str = "") -> KeptVoice:
        """The same; where there is no such voice espeak-ng speaks the language, else [tts]'s."""
        key = self._key(language, name)
        if key in self._voices:
            return self._voices[key]
        try:
            return await self._executor.run(lambda: self.load(language, name))
        except EngineError as error:
            _LOGGER.warning("another voice speaks [%s]: %s", error.code, error)
            self._voices[key] = await self._executor.run(lambda: self._spare(key[0]))
            return self._voices[key]

    def _first(self, unusable: Unusable | None) -> KeptVoice:
        try:
            return self.load(self._language)
        except EngineError as error:
            if unusable is None:
                raise
            unusable("voice", error)
            spare = self._voices[self._key("", "")] = self._espeak(self._language)
            return spare

    def close(self) -> None:
        """Give every voice's memory and thread back; idempotent."""
        for voice in self._voices.values():
            voice.close()
        self._executor.close()

    def _spare(self, language: str) -> KeptVoice:
        if self._config.engine == "espeak" or language == self._language:
            return self.main
        try:
            return self._espeak(language)
        except EngineError:
            return self.main

    def _espeak(self, language: str) -> KeptVoice:
        config = self._config.model_copy(update={"engine": "espeak", "voice": ""})
        return open_tts(config, language, self._store)

    def _key(self, language: str, name: str) -> tuple[str, str]:
        """Language and name of the voice meant: en-GB is what a British speaker has for en."""
        ours = not language or self._language == language
        ours = ours or self._language.startswith(f"{language}-")
        if not ours:
            return language, name
        return self._language, name or self._config.voice
