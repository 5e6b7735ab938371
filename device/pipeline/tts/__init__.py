from device.config import TtsConfig
from device.executor import DeferredExecutor
from device.pipeline.tts.cache import CachedTts, PhraseStore
from device.pipeline.tts.prosody import Prosody


def open_tts(
    config: TtsConfig, language: str = "en", store: PhraseStore | None = None
) -> CachedTts:
    """The voice that the configuration names, with its phrase cache.

    Voices of several languages may share one `store`. Loads the voice, which takes a moment.
    Raises EngineMissing, ModelMissing or ModelInvalid.
    """
    prosody = Prosody(config.rate, config.volume, config.pitch)
    if store is None:
        store = PhraseStore(config.cache_mb * 1_000_000)
    executor = DeferredExecutor("tts")
    if config.engine == "piper":
        from device.pipeline.tts.piper import PiperTts

        return CachedTts(PiperTts(executor, language, config.voice, prosody), store, prosody)
    from device.pipeline.tts.espeak import EspeakTts

    return CachedTts(EspeakTts(executor, language, config.voice, prosody), store, prosody)
