"""Which languages a speaker hears and speaks with what is installed, and what is missing."""

from device.config import Config
from device.dialog.language import load_language, resolve_language
from device.engines import spoken_languages
from device.errors import EngineError, ModelMissing
from device.pipeline.stt.acoustic import lacks_model
from device.pipeline.tts.voices import list_voices

_KANA_ONLY = {("espeak", "ja"): "which reads kana and few words in kanji"}


def languages_told(config: Config) -> str:
    """Every language of the configuration and who hears and speaks it.

    Raises ModelMissing, with the same and what to do, where one is not heard or not spoken.
    """
    told = {code: (_ears(config, code), _voice(config, code)) for code in spoken_languages(config)}
    message = "; ".join(
        f"{code}: heard by {', '.join(ears) or 'nobody'}, spoken by {voice or 'no voice'}"
        + _words(code)
        for code, (ears, voice) in told.items()
    )
    if all(ears and voice for ears, voice in told.values()):
        return message
    raise ModelMissing(
        f'{message}; for what is not heard add "whisper" to [stt] engines, with a multilingual '
        "whisper_model; for what is not spoken see: parlor voices"
    )


def _ears(config: Config, language: str) -> list[str]:
    engines = config.stt.languages.get(_primary(language), config.stt.engines)
    return [engine for engine in engines if _hears(config, engine, language)]


def _hears(config: Config, engine: str, language: str) -> bool:
    if engine == "command":
        return _primary(language) == _primary(config.device.language) and not lacks_model(language)
    if engine in ("whisper", "openai-whisper") and config.stt.whisper_model.endswith(".en"):
        return _primary(language) == "en"
    return True


def _voice(config: Config, language: str) -> str:
    try:
        found = list_voices(config.tts.engine, _primary(language))
    except EngineError:
        return ""
    if not found:
        return ""
    note = _KANA_ONLY.get((config.tts.engine, _primary(language)), "")
    return f"{config.tts.engine}, {note}" if note else config.tts.engine


def _words(language: str) -> str:
    own = load_language(resolve_language(language)).phrases
    return "" if own else ", with the phrases of Home Assistant"


def _primary(language: str) -> str:
    return language.split("-")[0].lower()
