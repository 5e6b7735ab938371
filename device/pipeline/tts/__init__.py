from device.config import TtsConfig
from device.executor import DeferredExecutor
from device.pipeline.base import KeptVoice
from device.pipeline.tts.cache import CachedTts, PhraseStore
from device.pipeline.tts.cloud import CloudSpeech
from device.pipeline.tts.failing_over import FailingOverTts
from device.pipeline.tts.prosody import Prosody


def open_tts(
    config: TtsConfig,
    language: str = "en",
    store: PhraseStore | None = None,
    cloud: CloudSpeech | None = None,
) -> KeptVoice:
    """The voice that the configuration names, with its phrase cache.

    Voices of several languages may share one `store`. `cloud` has the voices of services; None:
    accounts as they are by default. Loads the voice, which takes a moment. Raises ConfigError,
    EngineMissing, ModelMissing or ModelInvalid.
    """
    prosody = Prosody(config.rate, config.volume, config.pitch)
    if store is None:
        store = PhraseStore(config.cache_mb * 1_000_000)
    executor = DeferredExecutor("tts")
    if config.engine == "piper":
        from device.pipeline.tts.piper import PiperTts

        return CachedTts(PiperTts(executor, language, config.voice, prosody), store, prosody)
    from device.pipeline.tts.espeak import EspeakTts

    if config.engine == "espeak":
        return CachedTts(EspeakTts(executor, language, config.voice, prosody), store, prosody)
    cloud = cloud or CloudSpeech()
    first = CachedTts(cloud.open(config, language, prosody, executor), store, prosody)
    spare = CachedTts(EspeakTts(executor, language, "", prosody), store, prosody)
    return FailingOverTts(first, spare, cloud.breaker)
